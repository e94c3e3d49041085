// The two scope matchers of the data plane: without a path (any grant of the right kind opens the door)
// and with a path (narrow grants confine a bare one).

export function allowsRoute(scopes, required) {
  return scopes.some((scope) => scope === required || covers(parse(scope), required));
}

export function allowsPath(scopes, required, path) {
  let bare = false;
  let narrow = false;
  for (const scope of scopes) {
    if (scope === required) {
      bare = true;
      continue;
    }
    const grant = parse(scope);
    if (!covers(grant, required) && !coversWorkspace(grant, required)) continue;
    if (grant.path === undefined || grant.path === '*') return true;
    narrow = true;
    if (pathMatches(grant.path, path)) return true;
  }
  return bare && !narrow;
}

function parse(scope) {
  const [plane, resource, action, ...rest] = scope.split(':');
  return { plane, resource, action, path: rest.length ? rest.join(':') : undefined };
}

function covers(grant, required) {
  const [resource, action] = required.split(':');
  if (grant.plane !== 'relayfile' && grant.plane !== '*') return false;
  if (grant.resource !== resource && grant.resource !== '*') return false;
  return actionCovers(grant.action, action);
}

function coversWorkspace(grant, required) {
  const [resource, action] = required.split(':');
  return grant.plane === 'workspace' && resource === 'fs' && actionCovers(grant.action, action);
}

function actionCovers(granted, action) {
  return granted === '*' || granted === action || (granted === 'manage' && (action === 'read' || action === 'write'));
}

// Globs work at the end only: exact, /dir/** with the dir itself, /dir/* at any depth, name*.
function pathMatches(pattern, path) {
  if (pattern.endsWith('/**')) {
    const dir = pattern.slice(0, -3);
    return path === dir || path.startsWith(`${dir}/`);
  }
  if (pattern.endsWith('/*')) return path.startsWith(pattern.slice(0, -1)) && path.length > pattern.length - 1;
  if (pattern.endsWith('*')) return path.startsWith(pattern.slice(0, -1));
  return pattern === path;
}

// What people may ask for, and the long form that goes into a token ("fs:write:/x/**" has no plane).
export function normalizeScopes(requested) {
  const result = [];
  for (const scope of requested) {
    if (typeof scope !== 'string' || !/^((relayfile|\*):)?(fs|sync|ops|admin|\*):(read|write|manage|trigger|replay|\*)(:.+)?$/.test(scope)) {
      return null;
    }
    const short = /^(fs|sync|ops|admin):[a-z*]+:/.test(scope);
    result.push(short ? `relayfile:${scope}` : scope);
  }
  return [...new Set(result)];
}
