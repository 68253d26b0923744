// A page that signs users in with their Driftwood account: a public client, with PKCE in place of a secret.
const { UserManager } = window.oidc
const { issuer, clientId } = await (await fetch('settings.json')).json()

const home = `${location.origin}/`
const driftwood = new UserManager({
  authority: issuer,
  client_id: clientId,
  redirect_uri: home,
  post_logout_redirect_uri: home,
  scope: 'openid profile contact_read',
  loadUserInfo: true
})

const element = id => document.getElementById(id)
element('sign-in').onclick = () => driftwood.signinRedirect()
element('refresh').onclick = () => show(driftwood.signinSilent())
element('sign-out').onclick = () => driftwood.signoutRedirect()

/** Completes a sign-in when the address has the answer to one. */
async function arrive() {
  if (!new URLSearchParams(location.search).has('state')) return driftwood.getUser()
  try {
    return await driftwood.signinCallback()
  } finally {
    history.replaceState(null, '', home)
  }
}

async function countContacts(user) {
  const answer = await fetch(`${issuer}/api/contacts-list`, {
    method: 'POST',
    headers: { authorization: `Bearer ${user.access_token}`, 'content-type': 'application/json' },
    body: '{"limit": 10}'
  })
  const { ok, result, error } = await answer.json()
  if (!ok) throw new Error(error.message)
  return result.contacts.length
}

async function show(user) {
  let message
  try {
    user = await user
    message = user ? `Hello, ${user.profile.name}. Your account has ${await countContacts(user)} contacts.` : ''
  } catch (error) {
    // The user denied consent, disconnected the app on the account page or signed out elsewhere: begin again.
    await driftwood.removeUser()
    user = null
    message = `You are not signed in (${error.error ?? error.message}).`
  }
  element('message').textContent = message
  element('sign-in').hidden = Boolean(user)
  element('signed-in').hidden = !user
}

show(arrive())
