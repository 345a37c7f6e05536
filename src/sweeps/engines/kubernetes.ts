/** An indexed Job of Kubernetes (1.29 or later): a manifest for kubectl. */
import { basename } from 'node:path'
import { yamlOf } from '../../experiments/config-file.ts'
import type { Engine } from './engine.ts'

/** A name as RFC 1123 has it for labels, of at most 63 letters with the index that Kubernetes puts after it. */
const labelOf = (path: string): string => {
  const word = basename(path)
    .replace(/\.[^.]*$/, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
  return `janus-${word}`.slice(0, 50).replace(/-+$/, '')
}

/** Pods of exit code 75 are replaced and counted as no failure; wrong usage (2) fails its index at once. */
const onExit = (action: 'Ignore' | 'FailIndex', code: number) => ({
  action,
  onExitCodes: { containerName: 'janus', operator: 'In', values: [code] },
})

const pod = (path: string) => ({
  restartPolicy: 'Never',
  terminationGracePeriodSeconds: 60,
  containers: [
    {
      name: 'janus',
      image: 'janusgrad',
      workingDir: '/work',
      command: ['janus', 'run', path],
      resources: { requests: { cpu: '1', memory: '512Mi' } },
      volumeMounts: [{ name: 'work', mountPath: '/work' }],
    },
  ],
  volumes: [{ name: 'work', persistentVolumeClaim: { claimName: 'work' } }],
})

/** The image and the claim are named as they would be; whoever has others writes theirs. */
export const kubernetes: Engine = ({ path, count }) =>
  yamlOf({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: labelOf(path) },
    spec: {
      completionMode: 'Indexed',
      completions: count,
      parallelism: Math.min(count, 8),
      backoffLimitPerIndex: 3,
      podFailurePolicy: { rules: [onExit('Ignore', 75), onExit('FailIndex', 2)] },
      template: { spec: pod(path) },
    },
  }).trimEnd()
