/** What stays out of the bundle: native modules, and those that find files of their own. */
export const externalPackages = ['better-sqlite3', '@node-rs/argon2', '@cdktf/hcl2json', '@oclif/core'];
