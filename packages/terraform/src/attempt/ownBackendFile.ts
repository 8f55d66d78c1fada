/**
 * Name of our override file. The engine merges override files in the order of their names and the last backend wins,
 * so that a template's own `override.tf` would beat a name that starts with a letter; `~` stands after all of ASCII.
 */
export const OWN_BACKEND_FILE = '~berth_override.tf.json';
