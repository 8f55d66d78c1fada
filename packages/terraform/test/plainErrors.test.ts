import { expect, test } from 'vitest';
import { readPlainErrors } from '../src/output/plainErrors.js';

const output = `
Initializing provider plugins...
- Finding acme/thing versions matching "1.0.0"...

Warning: Old ways

This warning is no error,
and has two lines.

Error: Failed to install provider

Error while installing acme/thing v1.0.0: the local package for
registry.example.com/acme/thing 1.0.0 doesn't match any of the checksums
previously recorded in the dependency lock file

A second paragraph.

Error: Unsupported argument

  on inner/main.tf line 12, in resource "thing" "one":
  12:   colour = "red"

An argument named "colour" is not expected here.
`;

test('errors are read from what is printed for people', () => {
  const nowhere = { address: null, snippet: null, values: [], severity: 'error' };
  expect(readPlainErrors(output.split('\n'))).toEqual([
    {
      ...nowhere,
      summary: 'Failed to install provider',
      detail: [
        'Error while installing acme/thing v1.0.0: the local package for',
        "registry.example.com/acme/thing 1.0.0 doesn't match any of the checksums",
        'previously recorded in the dependency lock file',
        '',
        'A second paragraph.',
      ].join('\n'),
      file: null,
      line: null,
    },
    {
      ...nowhere,
      summary: 'Unsupported argument',
      detail: 'An argument named "colour" is not expected here.',
      file: 'inner/main.tf',
      line: 12,
    },
  ]);
  expect(readPlainErrors(['No error at all.', ''])).toEqual([]);
});
