/** A function that takes one measurement. */
export type Sample = () => number | Promise<number>;

/**
 * Measures every case once per round, so that other load on the machine affects all cases alike. Each
 * round starts with a different case. An additional first round warms the disk cache and is not counted.
 */
export async function interleave<Name extends string>(
  rounds: number,
  cases: Readonly<Record<Name, Sample>>,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(cases) as Name[];
  const samples = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<
    Name,
    number[]
  >;
  for (let round = -1; round < rounds; round++) {
    for (const index of names.keys()) {
      const name = names[(index + round + 1) % names.length];
      if (name === undefined) continue;
      const sample = await cases[name]();
      if (round >= 0) samples[name].push(sample);
    }
  }
  return samples;
}
