/**
 * Passkeys. A form, or part of one, `data-passkey="create"` or `"get"` asks at `data-ask` what the browser is to do, and sends
 * its answer as the field `credential` with the form. It stays hidden where the browser knows no passkeys.
 */
const toBytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
const toText = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

export function passkeys() {
  if (!window.PublicKeyCredential || !window.isSecureContext) return;
  for (const part of document.querySelectorAll("[data-passkey]")) part.hidden = false;
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-passkey-go]");
    if (button) prove(button.closest("[data-passkey]"), button);
  });
}

async function prove(part, button) {
  const fault = part.querySelector("[data-passkey-error]");
  fault.hidden = true;
  button.disabled = true;
  try {
    const publicKey = await asked(part.dataset.ask);
    if (!publicKey) return;
    const credential = await navigator.credentials[part.dataset.passkey]({ publicKey });
    const field = part.querySelector('[name="credential"]');
    field.value = JSON.stringify(answer(credential));
    field.form.submit();
  } catch {
    fault.textContent = part.dataset.failed;
    fault.hidden = false;
    button.disabled = false;
  }
}

/** The options with bytes in place of base64url; nothing when the page has to be left to show first who is there. */
async function asked(url) {
  const token = document.querySelector('meta[name="csrf-token"]').content;
  const response = await fetch(url, { method: "POST", headers: { "X-CSRFToken": token, Accept: "application/json" } });
  if (response.headers.has("X-Confirm")) {
    location.assign(response.headers.get("X-Confirm"));
    return null;
  }
  if (!response.ok) throw new Error(String(response.status));
  const options = await response.json();
  options.challenge = toBytes(options.challenge);
  if (options.user) options.user.id = toBytes(options.user.id);
  for (const list of [options.excludeCredentials, options.allowCredentials]) {
    for (const one of list ?? []) one.id = toBytes(one.id);
  }
  return options;
}

/** What the browser gave, as WebAuthn's JSON. */
function answer(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = toText(credential.response[name]);
  }
  return {
    id: credential.id,
    rawId: toText(credential.rawId),
    type: credential.type,
    clientExtensionResults: credential.getClientExtensionResults(),
    response,
  };
}
