// A small three-way merge of lines: changes that do not touch each other are joined, others give null.

export function mergeThreeWay(base, theirs, ours) {
  if (theirs === ours || ours === base) return theirs;
  if (theirs === base) return ours;
  const baseLines = base.split('\n');
  const left = hunks(baseLines, theirs.split('\n'));
  const right = hunks(baseLines, ours.split('\n'));
  const all = [...left, ...right].sort((a, b) => a.start - b.start || a.end - b.end);
  const result = [];
  let at = 0;
  let last = null;
  for (const hunk of all) {
    if (last && hunk.start === last.start && hunk.end === last.end && hunk.lines.join('\n') === last.lines.join('\n')) continue;
    if (last && hunk.start <= last.end) return null;
    result.push(...baseLines.slice(at, hunk.start), ...hunk.lines);
    at = hunk.end;
    last = hunk;
  }
  return [...result, ...baseLines.slice(at)].join('\n');
}

// What to replace in a to get b: [{ start, end, lines }], by the longest common subsequence.
function hunks(a, b) {
  const length = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      length[i][j] = a[i] === b[j] ? length[i + 1][j + 1] + 1 : Math.max(length[i + 1][j], length[i][j + 1]);
    }
  }
  const result = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      i += 1;
      j += 1;
      continue;
    }
    const hunk = { start: i, end: i, lines: [] };
    while ((i < a.length || j < b.length) && !(i < a.length && j < b.length && a[i] === b[j])) {
      if (j >= b.length || (i < a.length && length[i + 1][j] >= length[i][j + 1])) i += 1;
      else hunk.lines.push(b[j++]);
    }
    hunk.end = i;
    result.push(hunk);
  }
  return result;
}
