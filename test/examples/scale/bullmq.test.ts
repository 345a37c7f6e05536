import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import test from 'ava'
import { begun, besideSerial, ended, environment, lacking, recipes, swept } from './sweep.ts'

const folderOf = `${recipes}bullmq/`
const reason =
  lacking('redis-server', 'redis-cli') ??
  (existsSync(`${folderOf}node_modules/bullmq`) ? null : 'not installed: npm ci in examples/scale/bullmq')
const title = 'BullMQ with a worker and Redis killed by -9 has every result once, the same bytes as serial'

/** A port that is free. */
const free = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' && address ? address.port : 0
}

const redisIn = (folder: string, port: number) =>
  begun(
    folder,
    `redis-server --port ${port} --bind 127.0.0.1 --appendonly yes --appendfsync always --dir redis`.split(' '),
  )

const finishedIn = (folder: string): number => {
  const out = join(folder, 'runs')
  return existsSync(out) ? readdirSync(out).filter(id => existsSync(join(out, id, 'result.json'))).length : 0
}

const isBegun = (folder: string): boolean => {
  const out = join(folder, 'runs')
  return existsSync(out) && readdirSync(out).some(id => existsSync(join(out, id, 'lock')))
}

if (reason) test.skip(`${title} (${reason})`, () => {})
else
  test(title, async t => {
    t.timeout(600_000, 'a machine with much to do')
    const [folder, port] = [swept('bullmq', 8), await free()]
    const url = `redis://127.0.0.1:${port}`
    mkdirSync(join(folder, 'redis'))
    let redis = redisIn(folder, port)
    const queue = ended(folder, ['node', `${folderOf}queue.js`, 'sweep.yaml', url])
    const workers = [1, 2].map(() => begun(folder, ['node', `${folderOf}worker.js`, url]))
    t.teardown(() => {
      for (const child of [...workers, redis]) child.kill('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    })
    while (!isBegun(folder)) await setTimeout(20)
    workers[0]?.kill('SIGKILL')
    while (finishedIn(folder) < 2) await setTimeout(20)
    t.true(finishedIn(folder) < 8)
    redis.kill('SIGKILL')
    await once(redis, 'exit')
    await setTimeout(1000)
    redis = redisIn(folder, port)
    const { code, out, err } = await queue
    t.is(code, 0, err)
    const results = out
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
    t.deepEqual(
      results.map(({ position, state }) => [position, state]),
      Array.from({ length: 8 }, (_, position) => [position, 'finished']),
    )
    const counted = await ended(folder, `redis-cli -p ${port} ZCARD bull:janus:completed`.split(' '), environment)
    t.is(counted.out.trim(), '8')
    for (const { id, held } of results)
      t.is(JSON.parse(readFileSync(join(folder, 'runs', id, 'result.json'), 'utf8')).held.after, held)
    const { runs, serial } = await besideSerial(folder)
    t.is(Object.keys(runs).length, 8)
    t.deepEqual(runs, serial)
  })
