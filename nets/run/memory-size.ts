/** Bytes of the distinct numbers that can be reached from a memory, through records, lists and the tapes of timesteps. */
export const memoryBytes = (memory: unknown): number => {
  const seen = new Set<object>()
  const left: unknown[] = [memory]
  let bytes = 0
  while (left.length > 0) {
    const x = left.pop()
    if (typeof x !== 'object' || x === null || seen.has(x)) continue
    seen.add(x)
    if (ArrayBuffer.isView(x)) bytes += x.byteLength
    else for (const part of Object.values(x)) left.push(part)
  }
  return bytes
}
