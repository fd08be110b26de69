/**
 * Runs all variants in each round, so that other programs on the machine affect all of them equally. Each
 * round starts with a different variant, so that no variant has the same position in all rounds.
 * @returns the results of each variant by round
 */
export async function interleave<Name extends string, Result>(
  names: readonly Name[],
  rounds: number,
  run: (name: Name) => Promise<Result>,
): Promise<Readonly<Record<Name, readonly Result[]>>> {
  const results = Object.fromEntries(names.map((name) => [name, [] as Result[]])) as Record<Name, Result[]>;
  for (let round = 0; round < rounds; round += 1) {
    const firstIndex = round % names.length;
    for (const name of [...names.slice(firstIndex), ...names.slice(0, firstIndex)])
      results[name].push(await run(name));
  }
  return results;
}
