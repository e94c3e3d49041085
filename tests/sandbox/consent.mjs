#!/usr/bin/env node
// A browser without a screen: opens the address, presses "Allow" on every page as a person would, and follows the
// redirects to the listener that waits for the answer. Used as BROWSER in tests. Prints no address and no token.
//
//   consent.mjs [--deny] [--person user_bob] URL

const MAX_STEPS = 20;

const args = process.argv.slice(2);
const deny = args.includes('--deny') || process.env.CONSENT === 'deny';
const personAt = args.indexOf('--person');
const person = personAt >= 0 ? args[personAt + 1] : process.env.CONSENT_PERSON;
const start = args.find((arg) => /^https?:\/\//.test(arg));

if (!start) {
  console.error('usage: consent.mjs [--deny] [--person ID] URL');
  process.exit(2);
}

const cookies = new Map();

function keepCookies(response, url) {
  for (const line of response.headers.getSetCookie?.() ?? []) {
    const [pair, ...attributes] = line.split(';').map((part) => part.trim());
    const at = pair.indexOf('=');
    const path = attributes.find((attribute) => /^path=/i.test(attribute))?.slice(5) ?? '/';
    const expired = attributes.some((attribute) => /^expires=/i.test(attribute) && Date.parse(attribute.slice(8)) <= Date.now());
    const key = `${url.host} ${path} ${pair.slice(0, at)}`;
    if (expired) cookies.delete(key);
    else cookies.set(key, { host: url.host, path, pair });
  }
}

function cookiesFor(url) {
  return [...cookies.values()].filter(({ host, path }) => host === url.host && (url.pathname === path || url.pathname.startsWith(path.endsWith('/') ? path : `${path}/`)))
    .map(({ pair }) => pair).join('; ');
}

async function load({ url, method = 'GET', body }) {
  const cookie = cookiesFor(url);
  const response = await fetch(url, {
    method, body, redirect: 'manual', signal: AbortSignal.timeout(20000),
    headers: {
      Accept: 'text/html,*/*',
      ...(cookie ? { Cookie: cookie } : {}),
      ...(body === undefined ? {} : { 'Content-Type': 'application/x-www-form-urlencoded' }),
    },
  });
  keepCookies(response, url);
  return response;
}

const unescape = (text) => text.replace(/&#(\d+);/g, (all, code) => String.fromCharCode(code))
  .replace(/&quot;/g, '"').replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&amp;/g, '&');

function attributes(tag) {
  const found = {};
  for (const [, name, , , double, single] of tag.matchAll(/([\w-]+)(=("([^"]*)"|'([^']*)'|[^\s>]+))?/g)) {
    found[name.toLowerCase()] = unescape(double ?? single ?? '');
  }
  return found;
}

// The next request that the form of a page leads to, or null for a page without a form.
function submit(html, url) {
  const form = /<form\b([^>]*)>([\s\S]*?)<\/form>/i.exec(html);
  if (!form) return null;
  const { action = url.href, method = 'get', id } = attributes(form[1]);
  const outside = html.slice(0, form.index) + html.slice(form.index + form[0].length);
  const mine = [...form[2].matchAll(/<(input|button)\b([^>]*)>/gi)]
    .concat([...outside.matchAll(/<(input|button)\b([^>]*)>/gi)].filter(([, , text]) => id && attributes(text).form === id));
  const controls = mine.map(([, tag, text]) => ({ tag: tag.toLowerCase(), ...attributes(text) }));
  const fields = new URLSearchParams();
  for (const { tag, type, name, value = 'on', checked } of controls) {
    if (tag !== 'input' || !name || type === 'submit') continue;
    if (type === 'radio' && (person ? value !== person : checked === undefined)) continue;
    if (type === 'checkbox' && checked === undefined) continue;
    fields.append(name, value);
  }
  const button = pickButton(controls.filter(({ tag }) => tag === 'button'));
  if (button?.name) fields.append(button.name, button.value ?? '');
  const target = new URL(action, url);
  if (method.toLowerCase() === 'post') return { url: target, method: 'POST', body: fields.toString() };
  target.search = fields.toString();
  return { url: target };
}

function pickButton(buttons) {
  const denying = ({ name, value }) => value === 'deny' || name === 'abort';
  return (deny && buttons.find(denying)) || buttons.find((button) => !denying(button));
}

async function run() {
  let step = { url: new URL(start) };
  for (let count = 0; count < MAX_STEPS; count += 1) {
    const response = await load(step);
    const location = response.headers.get('location');
    if (response.status >= 300 && response.status < 400 && location) {
      step = { url: new URL(location, step.url) };
      continue;
    }
    const html = await response.text();
    if (!response.ok) throw new Error(`the page at ${step.url.origin} answered ${response.status}`);
    // A page of the listener is the end, whatever it shows.
    const next = (response.headers.get('content-type') ?? '').includes('text/html') ? submit(html, step.url) : null;
    if (!next) return;
    if (next.method !== 'POST' && next.url.href === step.url.href) throw new Error('the page asks for the same thing again');
    step = next;
  }
  throw new Error('too many pages');
}

run().then(() => process.exit(0), (error) => {
  console.error(`consent: ${error.cause?.code ?? error.message}`);
  process.exit(1);
});
