import { expect, test } from 'vitest';
import { compareVersions } from '../src/index.js';

/** From old to new; those in one row are equal. */
const rows = [
  ['0.9.9'],
  ['1.2.9'],
  ['1.3.0-alpha'],
  ['1.3.0-alpha.2'],
  ['1.3.0-alpha.10'],
  ['1.3.0-alpha.beta'],
  ['1.3.0-alpha20220608'],
  ['1.3.0-beta1'],
  ['1.3.0-rc1'],
  ['1.3.0', 'v1.3.0', '1.3.0+build7', '1.3'],
  ['1.3.1'],
  ['1.10.0'],
  ['2.0.0'],
];
const versions = rows.flatMap((row, rank) => row.map(version => ({ version, rank })));

test.each(versions)('$version stands where semantic versioning puts it', ({ version, rank }) => {
  for (const other of versions) {
    const found = Math.sign(compareVersions(version, other.version));
    expect(`${version} ${other.version} ${found}`).toBe(`${version} ${other.version} ${Math.sign(rank - other.rank)}`);
  }
});
