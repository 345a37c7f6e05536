import { execFileSync } from 'node:child_process'
import test from 'ava'
import { parse } from 'yaml'
import { quoted } from '../../../src/sweeps/engines/engine.ts'
import { engines } from '../../../src/sweeps/engines/index.ts'

const odd = "my sweeps/it's $HOME.yaml"

test('a quoted word is what a shell reads back', t => {
  for (const word of ['sweep.yaml', odd, '', 'a\nb', '`x` "y" \\'])
    t.is(execFileSync('sh', ['-c', `printf %s ${quoted(word)}`], { encoding: 'utf8' }), word)
})

test('Slurm is given an array of all positions, and says where its limit must be raised', t => {
  t.is(
    engines.slurm({ path: 'sweep.yaml', count: 40 }),
    [
      '#!/bin/sh',
      '#SBATCH --array=0-39',
      '#SBATCH --cpus-per-task=1 --signal=B:TERM@60 --requeue --open-mode=append',
      'exec janus run sweep.yaml',
    ].join('\n'),
  )
  t.notRegex(engines.slurm({ path: odd, count: 1000 }), /MaxArraySize/)
  t.regex(engines.slurm({ path: odd, count: 1001 }), /^# Needs MaxArraySize=1001 or more/m)
  t.is(engines.slurm({ path: odd, count: 1 }).split('\n').at(-1), `exec janus run ${quoted(odd)}`)
})

test('GNU parallel is given a line, which a shell takes apart into the words meant', t => {
  const line = engines.parallel({ path: odd, count: 40 })
  const [, command = ''] = /^seq 0 39 \| parallel --halt never --retries 3 (.*)$/s.exec(line) ?? []
  const inner = execFileSync('sh', ['-c', `printf %s ${command}`], { encoding: 'utf8' })
  const words = execFileSync('sh', ['-c', `printf '%s|' ${inner}`], { encoding: 'utf8' })
  t.is(words, `janus|run|${odd}|--index|{}|`)
})

/** A label as RFC 1123 has it. */
const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/

test('Kubernetes is given an indexed Job, which reads as one', t => {
  const job = parse(engines.k8s({ path: odd, count: 40 }))
  t.is(`${job.apiVersion} ${job.kind}`, 'batch/v1 Job')
  const { completionMode, completions, parallelism, backoffLimitPerIndex, podFailurePolicy, template } = job.spec
  t.deepEqual([completionMode, completions, parallelism], ['Indexed', 40, 8])
  // a policy for failures of pods, and a limit for each index, are accepted with restartPolicy Never alone
  t.is(template.spec.restartPolicy, 'Never')
  t.true(backoffLimitPerIndex >= 1)
  t.deepEqual(
    podFailurePolicy.rules.map(({ action, onExitCodes }: { action: string; onExitCodes: { values: number[] } }) => [
      action,
      ...onExitCodes.values,
    ]),
    [
      ['Ignore', 75],
      ['FailIndex', 2],
    ],
  )
  const [container] = template.spec.containers
  t.deepEqual(container.command, ['janus', 'run', odd])
  for (const { onExitCodes } of podFailurePolicy.rules) t.is(onExitCodes.containerName, container.name)
  t.deepEqual(
    container.volumeMounts.map(({ name }: { name: string }) => name),
    template.spec.volumes.map(({ name }: { name: string }) => name),
  )
})

test('the name of a Job is a label with room for the index of a pod, whatever the file is called', t => {
  for (const path of [odd, 'Übung_1.yaml', `${'x'.repeat(80)}.yaml`, 'a---.yaml', '.yaml', '.....']) {
    const { name } = parse(engines.k8s({ path, count: 1 })).metadata
    t.regex(name, label, path)
    t.true(name.length <= 50)
  }
  t.is(parse(engines.k8s({ path: 'a/grid.yaml', count: 3 })).spec.parallelism, 3)
})
