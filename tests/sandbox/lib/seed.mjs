// What is there at the start: "demo" has two workspaces with files of three providers, "empty" has one without any.

export const SEEDS = new Set(['demo', 'empty']);

export function seed(name, { directory, store, providers }) {
  if (name === 'empty') {
    directory.add({ cloudId: 'cw_empty', relayId: 'rw_empty', name: 'empty-room', slug: 'empty-room', members: ['user_ada'] });
    store.workspace('rw_empty');
  } else {
    directory.add({ cloudId: 'cw_research', relayId: 'rw_research', name: 'research-room', slug: 'research-room', members: ['user_ada'] });
    directory.add({ cloudId: 'cw_opsdesk', relayId: 'rw_opsdesk', name: 'ops-desk', slug: 'ops-desk', members: ['user_ada', 'user_bob'] });
    for (const file of RESEARCH) store.workspace('rw_research').putFromProvider(file);
    for (const file of OPSDESK) store.workspace('rw_opsdesk').putFromProvider(file);
  }
  providers.set('github', { mode: 'succeed' });
  providers.set('notion', { mode: 'succeed' });
  providers.set('linear', { mode: 'require-title' });
}

const json = (path, value) => ({ path, contentType: 'application/json', content: `${JSON.stringify(value, null, 2)}\n` });
const note = (path, content) => ({ path, contentType: 'text/markdown', content });
const issue = (number, title, labels, body) => json(`/github/repos/acme/reader/issues/${number}.json`, {
  number, title, state: 'open', labels, user: 'ada', body,
});
const ticket = (key, title, state, description) => json(`/linear/issues/${key}.json`, { identifier: key, title, state, team: 'RES', description });

const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

const RESEARCH = [
  note('/notion/pages/reading-list.md', '# Reading list\n\n- Notes on the Analytical Engine\n- A short history of punched cards\n- On tables of Bernoulli numbers\n'),
  note('/notion/pages/weekly-notes.md', '# Weekly notes\n\n## Monday\n\nThe scanner works again. Two pages were upside down.\n\n## Tuesday\n\nAsked the archive for the missing volume.\n'),
  note('/notion/pages/interview-plan.md', '# Interview plan\n\n1. Who keeps the originals?\n2. Which copies are complete?\n3. What may be shown in public?\n'),
  note('/github/repos/acme/reader/README.md', '# reader\n\nReads scanned pages and writes plain text.\n'),
  issue(12, 'Page numbers are lost on import', ['bug'], 'The first page keeps its number, all others do not.'),
  issue(15, 'Show how sure the reader is', ['idea'], 'A mark next to words that may be wrong.'),
  issue(18, 'Reading stops on an empty page', ['bug', 'help wanted'], 'Seen with volume three.'),
  ticket('RES-4', 'Compare both editions of volume two', 'In Progress', 'Start with the tables.'),
  ticket('RES-7', 'Ask the archive for better scans', 'Todo', 'Pages 40 to 52 are too dark.'),
  ticket('RES-9', 'Write the summary for the spring meeting', 'Todo', 'Two pages at most.'),
  json('/linear/teams/res.json', { key: 'RES', title: 'Research', members: ['Ada Lovelace', 'Bob Byte'] }),
  { path: '/notion/files/cover.png', contentType: 'image/png', content: PIXEL, encoding: 'base64' },
];

const OPSDESK = [
  note('/notion/pages/on-call.md', '# On call\n\n| week | who |\n| --- | --- |\n| 14 | Ada |\n| 15 | Bob |\n'),
  issue(3, 'Rotate the backup disks', ['chore'], 'Last done in January.'),
  ticket('OPS-2', 'Certificate of the print server runs out', 'Todo', 'End of the month.'),
];
