/** Configs as files, YAML or JSON, and as text: read, printed, and described for editors. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { parseDocument, stringify } from 'yaml'
import { z } from 'zod'
import { DomainError } from '../../ad/errors.ts'
import { bytesOf, longestText } from '../bytes.ts'
import type { Checked } from '../options.ts'
import { configForm } from '../training/settings.ts'
import { codeOf } from '../training/whole-file.ts'
import type { Settings } from './plan.ts'

const refuse = (path: string, given: string, remedy: string): Checked<never> =>
  E.left([new DomainError({ who: 'train', given: `'${path}' ${given}`, wanted: 'a config: settings by name', remedy })])

const textOf = (path: string): Checked<string> => {
  try {
    return E.right(bytesOf(path, longestText).toString('utf8'))
  } catch (cause) {
    const code = codeOf(cause) ?? 'unknown error'
    return refuse(path, code === 'ENOENT' ? 'is not there' : `cannot be read (${code})`, 'Name a .yaml or .json file')
  }
}

const value = z.union([z.string(), z.number()])
const form = z.record(z.string(), z.union([value, z.array(value)]))

/** A text of YAML as settings; JSON is YAML. Left: the line and column of a fault, or the path of a value that is neither text nor number. */
const parsed = (path: string, text: string): Checked<Settings> => {
  const document = parseDocument(text, { uniqueKeys: true })
  const [fault] = document.errors
  if (fault) return refuse(path, `is not YAML: ${fault.message.split('\n')[0]?.replace(/:$/, '')}`, 'Correct it there')
  const read = form.safeParse(document.toJS({ maxAliasCount: 0 }) ?? {})
  if (read.success) return E.right(read.data)
  const where = read.error.issues.map(({ path: at }) => at.join('.') || 'the whole').join(', ')
  return refuse(path, `has neither a text nor a number at ${where}`, 'Write setting: value, or a list of values')
}

/** The settings of a file; what a flag names as well has the flag's value. Left: what is wrong with the file. */
export const settingsIn = (path: string): Checked<Settings> =>
  pipe(
    textOf(path),
    E.chain(text => parsed(path, text)),
  )

/** How a setting of a file is written there. */
export const inFile = (name: string): string => `${name}:`

/** A record as YAML. */
export const yamlOf = (record: object): string => stringify(record)

/** The JSON Schema of a config, for editors. */
export const configSchema = (): object => ({
  title: 'a janusgrad experiment',
  ...z.toJSONSchema(configForm, { io: 'output' }),
})
