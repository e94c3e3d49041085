// Where the OpenID provider keeps its sessions, grants and tokens: in memory, and listable so that it can be saved.

export function oidcStorage(saved = []) {
  const records = new Map(saved);

  const alive = (key) => {
    const record = records.get(key);
    if (record?.expiresAt && record.expiresAt <= Date.now()) {
      records.delete(key);
      return undefined;
    }
    return record?.payload;
  };

  const findBy = (model, field, value) => {
    for (const [key, { payload }] of records) {
      if (key.startsWith(`${model}:`) && payload[field] === value) return alive(key);
    }
    return undefined;
  };

  class Adapter {
    constructor(model) {
      this.model = model;
    }

    async upsert(id, payload, expiresIn) {
      records.set(`${this.model}:${id}`, { payload, expiresAt: expiresIn ? Date.now() + expiresIn * 1000 : null });
    }

    async find(id) {
      return alive(`${this.model}:${id}`);
    }

    async findByUid(uid) {
      return findBy(this.model, 'uid', uid);
    }

    async findByUserCode(userCode) {
      return findBy(this.model, 'userCode', userCode);
    }

    async consume(id) {
      const payload = alive(`${this.model}:${id}`);
      if (payload) payload.consumed = Math.floor(Date.now() / 1000);
    }

    async destroy(id) {
      records.delete(`${this.model}:${id}`);
    }

    async revokeByGrantId(grantId) {
      for (const [key, { payload }] of records) {
        if (payload.grantId === grantId) records.delete(key);
      }
    }
  }

  return { adapter: Adapter, records: () => [...records] };
}
