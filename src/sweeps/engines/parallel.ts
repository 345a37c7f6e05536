/** GNU parallel: one line of shell. */
import { type Engine, quoted } from './engine.ts'

/** `--halt` keeps it going where a run fails; a run that may do better is begun at most three times. */
export const parallel: Engine = ({ path, count }) =>
  `seq 0 ${count - 1} | parallel --halt never --retries 3 ${quoted(`janus run ${quoted(path)} --index {}`)}`
