// The numbers and switches that a test may change while the sandbox runs.
import { HttpError } from './http.mjs';
import { MINT_ERRORS } from './cloud.mjs';
import { REFRESH_ERRORS } from './relayauth.mjs';

export const DEFAULTS = {
  accessTtlSeconds: 3600,
  refreshTtlSeconds: 30 * 86400,
  delegatedTtlSeconds: 3600,
  maxBodyBytes: 1024 * 1024,
  opsVisibleDelayMs: 0,
  deviceInterval: 1,
  deviceExpiresIn: 600,
  cliTokensAllowDevice: true,
  mintError: null,
  delegatedRefreshError: null,
};

const ERRORS = { mintError: MINT_ERRORS, delegatedRefreshError: REFRESH_ERRORS };

export function changeSettings(settings, changes) {
  for (const [name, value] of Object.entries(changes)) {
    const known = Object.hasOwn(DEFAULTS, name);
    const fits = known && (ERRORS[name] ? value === null || Object.hasOwn(ERRORS[name], value) : typeof value === typeof DEFAULTS[name]);
    if (!fits) throw new HttpError(400, 'bad_request', `${name} is not a setting or has the wrong kind of value`);
  }
  return Object.assign(settings, changes);
}
