// Who exists and which workspaces there are: the cloud's address book.

const acme = { id: 'org_acme', slug: 'acme', name: 'Acme' };

export const PEOPLE = [
  { id: 'user_ada', name: 'Ada Lovelace', email: 'ada@acme.dev', organization: acme, role: 'owner' },
  { id: 'user_bob', name: 'Bob Byte', email: 'bob@acme.dev', organization: acme, role: 'member' },
];

export class Directory {
  constructor(saved) {
    this.workspaces = saved?.workspaces ?? [];
  }

  toJSON() {
    return { workspaces: this.workspaces };
  }

  add(workspace) {
    this.workspaces.push(workspace);
    return workspace;
  }

  visibleTo(person) {
    return this.workspaces.filter(({ members }) => members.includes(person.id));
  }

  // By cloud id, data-plane id or slug.
  find(person, id) {
    return this.visibleTo(person).find(({ cloudId, relayId, slug }) => [cloudId, relayId, slug].includes(id));
  }
}
