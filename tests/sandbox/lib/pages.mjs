// The few pages a person sees: signing in, entering a device code, and the last word. No scripts at all.
import { randomBytes } from 'node:crypto';

const STYLE = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { max-width: 30rem; margin: 10vh auto; padding: 0 1.25rem; }
fieldset { border: 1px solid color-mix(in srgb, currentColor 25%, transparent); border-radius: .5rem; margin: 1rem 0; padding: .75rem 1rem; }
label { display: block; padding: .25rem 0; }
input[type=text] { font: inherit; font-size: 1.25rem; letter-spacing: .15em; padding: .5rem; width: 100%; box-sizing: border-box; }
button { font: inherit; padding: .5rem 1.25rem; margin-right: .5rem; border-radius: .5rem; border: 1px solid; cursor: pointer; background: transparent; color: inherit; }
button.main { background: #2457c5; border-color: #2457c5; color: #fff; }
small { opacity: .75; }`;

export const escapeHtml = (text) => String(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

// { html, headers } of a whole page. Forms may lead back to a listener on this computer.
export function page(title, content) {
  const nonce = randomBytes(12).toString('base64');
  const html = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title><style nonce="${nonce}">${STYLE}</style></head>
<body><main><h1>${escapeHtml(title)}</h1>
${content}
</main></body></html>
`;
  const policy = `default-src 'none'; style-src 'nonce-${nonce}'; form-action 'self' http://127.0.0.1:* http://localhost:* http://[::1]:*; base-uri 'none'; frame-ancestors 'none'`;
  return {
    html,
    headers: {
      'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': policy,
      'Cache-Control': 'no-store', 'Referrer-Policy': 'no-referrer', 'X-Content-Type-Options': 'nosniff',
    },
  };
}

const hiddenFields = (fields) => Object.entries(fields)
  .map(([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`).join('');

const BUTTONS = `<p><button class="main" name="decision" value="allow">Allow</button>
<button name="decision" value="deny">Do not allow</button></p>`;

function choosePerson(people) {
  const choices = people.map((person, index) => `<label><input type="radio" name="person" value="${escapeHtml(person.id)}"${index ? '' : ' checked'}> ${escapeHtml(person.name)} <small>${escapeHtml(person.email)}</small></label>`);
  return `<fieldset><legend>Who is signing in?</legend>${choices.join('\n')}</fieldset>`;
}

export function consentPage({ app, wants, people, action, fields }) {
  return page(`Sign in to ${app}`, `<p><strong>${escapeHtml(app)}</strong> asks to:</p>
<ul>${wants.map((want) => `<li>${escapeHtml(want)}</li>`).join('')}</ul>
<form method="post" action="${escapeHtml(action)}">${hiddenFields(fields)}${choosePerson(people)}${BUTTONS}</form>`);
}

export function deviceCodePage({ action, userCode = '', problem = '' }) {
  return page('Connect a device', `${problem ? `<p role="alert">${escapeHtml(problem)}</p>` : ''}
<form method="get" action="${escapeHtml(action)}"><label for="code">Code shown on your device</label>
<input type="text" id="code" name="user_code" value="${escapeHtml(userCode)}" autocomplete="off" autocapitalize="characters" required autofocus>
<p><button class="main">Continue</button></p></form>`);
}

export function deviceConsentPage({ app, userCode, people, action, fields }) {
  return page('Connect a device', `<p><strong>${escapeHtml(app)}</strong> asks to sign in with this code:</p>
<p><strong>${escapeHtml(userCode)}</strong></p><p>Go on only if your device shows the same code.</p>
<form method="post" action="${escapeHtml(action)}">${hiddenFields(fields)}${choosePerson(people)}${BUTTONS}</form>`);
}

// For pages whose form is made by someone else; buttons join it by its id.
export function foreignFormPage(title, text, form, buttons) {
  return page(title, `<p>${escapeHtml(text)}</p>${form}<p>${buttons}</p>`);
}

export function messagePage(title, text) {
  return page(title, `<p>${escapeHtml(text)}</p>`);
}
