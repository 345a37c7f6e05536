import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { DomainError } from '../../../ad/errors.ts'
import { long } from '../../full-effort.ts'
import { janus } from '../../root.ts'
import { played } from './played.ts'

const folder = mkdtempSync(join(tmpdir(), 'prompt-'))
test.after.always(() => rmSync(folder, { recursive: true }))

const typing = `"""Types lines at a terminal of 40 columns, each when the prompt is back; ^C is the key. Prints all that was shown."""
import fcntl, os, pty, select, struct, sys, termios, time

program, lines = sys.argv[1], sys.argv[2:]
pid, fd = pty.fork()
if pid == 0:
    os.environ['TERM'] = 'dumb'
    os.execvp('node', ['node', program, 'repl'])
fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', 24, 40, 0, 0))
shown = b''

def read(until, seconds):
    global shown
    begin, end = len(shown), time.time() + seconds
    while time.time() < end:
        if select.select([fd], [], [], 0.2)[0]:
            try:
                shown += os.read(fd, 65536)
            except OSError:
                return
        if until and shown[begin:].rstrip().endswith(until):
            return

read(b'janus>', 120)
for line in lines:
    if line == '^C':
        time.sleep(0.3)
        os.write(fd, b'\\x03')
    else:
        os.write(fd, line.encode() + b'\\r')
        time.sleep(0.3)
    read(b'janus>' if line != 'for (;;) {}' else None, 120 if line != 'for (;;) {}' else 0.5)
os.write(fd, b'\\x04')
read(None, 3)
sys.stdout.buffer.write(shown)
`

const hasTerminal = spawnSync('python3', ['-c', 'import pty']).status === 0
const atTerminal = hasTerminal ? test : test.skip

/** What a terminal shows of a session. */
const typed = (...lines: readonly string[]): string => {
  const env = { ...process.env, HOME: folder, NO_COLOR: '1' }
  const { stdout } = spawnSync('python3', ['-c', typing, janus, ...lines], { encoding: 'utf8', env })
  return stdout.replaceAll('\r', '')
}

atTerminal(
  `ctrl-C interrupts a loop, the session goes on, and long errors fit the terminal${hasTerminal ? '' : ': python3 has no pty here'}`,
  t => {
    const shown = typed('for (;;) {}', '^C', '1 + 41', 'matvec(eye(2), tensor([1, 2, 3]))')
    t.regex(shown, /interrupted by `SIGINT`\n/)
    t.regex(shown, /1 \+ 41\n+42\n/)
    t.regex(shown, /Uncaught:?\s+matvec: W \[2, 2\]/)
    for (const line of shown.split('\n').filter(line => !/^(janus|janus>)/.test(line))) t.true(line.length <= 40, line)
  },
)

/** A script through a pipe: all that it prints, and its exit code. */
const piped = (script: string) =>
  spawnSync(process.execPath, [janus, 'repl'], {
    encoding: 'utf8',
    input: script,
    env: { ...process.env, HOME: folder },
  })

long('a promise that is rejected and that nobody awaits ends a script with an error and code 1, at once or late', t => {
  for (const [script, said] of [
    ['Promise.reject(new Error("bad")); 5\n1 + 1', /^(?=[\s\S]*^5$)(?=[\s\S]*^2$)[\s\S]*Uncaught Error: bad/m],
    ['setTimeout(() => Promise.reject(3), 20); 5\n6', /^5\n6\nUncaught 3\n$/],
    ['setTimeout(() => { throw new TypeError("late") }, 20); 5', /^5\nUncaught TypeError: late\n$/],
    ['setTimeout(() => { throw 1 }, 5); await new Promise(r => setTimeout(r, 60))\n7', /^Uncaught 1\n7\n$/],
  ] as const) {
    const { status, stdout, stderr } = piped(`${script}\n`)
    t.regex(stdout, said)
    t.notRegex(stdout + stderr, /\n\s+at |write after end/)
    t.is(status, 1, script)
    t.regex(stderr, /^janus: repl: a line of the script failed/)
  }
})

long('what is saved can be loaded, lines with dots and statements of several lines too', t => {
  const file = join(folder, 'session.js')
  const lines = ['const square = x => {', '  return x * x', '}', '.rules rtrl', '.tex tanh(W*h)', 'square(7)']
  const first = piped([...lines, `.save ${file}`, ''].join('\n'))
  t.is(first.status, 0, first.stdout)
  t.regex(readFileSync(file, 'utf8'), /^\.rules rtrl\n/m)
  const second = piped(`.load ${file}\nsquare(8)\n`)
  t.is(second.stdout.replace(/64\n$/, ''), first.stdout.replace(/saved; .*\n$/, ''))
  t.regex(second.stdout, /49\n64\n$/)
  t.is(second.status, 0)
})

test('what cannot be loaded is an error, and the prompt goes on', async t => {
  writeFileSync(join(folder, 'open.js'), 'const open = {\n')
  writeFileSync(join(folder, 'wrong.js'), '1 + 1\nnowhere\n2 + 2\n')
  for (const [file, said] of [
    [join(folder, 'none.js'), /no such file/],
    ['/dev/zero', /a device, not a file/],
    ['', /no file/],
    [join(folder, 'open.js'), /not finished/],
    [join(folder, 'wrong.js'), /^2\nUncaught ReferenceError: nowhere is not defined/],
  ] as const) {
    const { printed, thrown } = await played(`.load ${file}\n"on"\n`)
    t.regex(printed, said)
    t.regex(printed, /'on'\n$/)
    t.notRegex(printed, /^4$/m)
    t.true(thrown instanceof DomainError)
  }
})

test('functions and promises say what they are', async t => {
  const { printed } = await played(
    'x => x\nfunction f(a, b) {}\nf\nnew Promise(() => {})\nPromise.resolve(2)\nclass A {}\nA\n',
  )
  t.is(
    printed,
    'a function of (x)\na function f of (a, b)\na promise, not yet kept: await has its value\n' +
      'a promise, kept: await has its value\n[class A]\n',
  )
})
