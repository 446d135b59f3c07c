/**
 * Passkeys. A form, or part of one, `data-passkey="create"` or `"get"` asks at `data-ask` what the browser is to do, and sends
 * its answer as the field `credential` with the form. It stays hidden where the browser knows no passkeys.
 */
const toBytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
const toText = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

export function passkeys() {
  if (!window.PublicKeyCredential || !window.isSecureContext) return;
  show();
  document.addEventListener("htmx:afterSettle", show);
  // A challenge is answered once: what is sent again goes without the answer.
  document.addEventListener("htmx:afterRequest", () => {
    for (const field of document.querySelectorAll('[data-passkey] [name="credential"]')) field.value = "";
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-passkey-go]");
    if (button) prove(button.closest("[data-passkey]"), button);
  });
}

/** Whether a field is a password or a passkey's answer: sent to prove who is there, and for nothing else. */
export function isSecret(field) {
  return field.type === "password" || Boolean(field.closest("[data-passkey]"));
}

function show() {
  for (const part of document.querySelectorAll("[data-passkey]")) part.hidden = false;
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
    // As if the form's own button were pressed, so that whoever listens to that learns of it.
    field.form.requestSubmit();
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
