// The arrows between the packages (packages/README.md). Each row: a package and what it may import of ours.
const arrows = {
  protocol: [],
  terraform: [],
  store: ['protocol'],
  coordinator: ['protocol', 'store'],
  daemon: ['protocol', 'terraform'],
  client: ['protocol'],
  cli: ['protocol', 'client', 'coordinator', 'daemon'],
  constructs: [],
  testkit: ['protocol', 'client'],
};

const arrowRules = Object.entries(arrows).map(([name, allowed]) => ({
  name: `arrows-of-${name}`,
  comment: `${name} may import only: ${allowed.join(', ') || 'nothing of ours'}`,
  severity: 'error',
  from: { path: `^packages/${name}/src/` },
  to: { path: '^packages/', pathNot: `^packages/(${[name, ...allowed].join('|')})/` },
}));

module.exports = {
  forbidden: [
    ...arrowRules,
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-insides',
      comment: "A package is imported by its name (its package.json 'exports'), never by a path into it",
      severity: 'error',
      from: { path: '^packages/([^/]+)/' },
      to: { path: '^packages/', pathNot: '^packages/$1/', dependencyTypes: ['local'] },
    },
    {
      name: 'cdktf-in-one-file',
      comment: 'What follows cdktf is to change one file',
      severity: 'error',
      from: { path: '^packages/', pathNot: '^packages/constructs/src/cdktf\\.ts$' },
      to: { path: 'node_modules/(cdktf|cdktn)/' },
    },
    {
      name: 'testkit-only-in-tests',
      severity: 'error',
      from: { path: '^packages/[^/]+/src/', pathNot: '^packages/testkit/' },
      to: { path: '^packages/testkit/' },
    },
    {
      name: 'no-undeclared-dependency',
      severity: 'error',
      from: { path: '^packages/[^/]+/src/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'unknown'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|node_modules)/' },
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['berth-source', 'import', 'default'] },
  },
};
