// node-oidc-provider on a free port of loopback, with a session for refreshing. The first line of its output says where it is.

import { generateKeyPairSync } from 'node:crypto';
import { createRequire } from 'node:module';

import Provider from 'oidc-provider';

import { createTable, DynamoDBAdapter } from './adapter.js';

const { version } = createRequire(import.meta.url)('oidc-provider/package.json');
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const user = { sub: 'ada', email: 'ada@example.com', name: 'Ada' };
const clients = [
  {
    client_id: 'machine',
    client_secret: process.env.CLIENT_SECRET,
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
  },
  {
    client_id: 'app',
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code', 'refresh_token'],
    redirect_uris: ['https://bench.example/cb'],
  },
];

// Apps and users come while it runs, as ours do: so they are state, too.
const stored = { clients: new DynamoDBAdapter('Client'), users: new DynamoDBAdapter('User') };

// What is not here has the provider's default: opaque access tokens, which are stored, and refresh tokens that rotate for public clients.
const provider = new Provider('http://127.0.0.1', {
  adapter: DynamoDBAdapter,
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'ES256' }] },
  clientDefaults: { id_token_signed_response_alg: 'ES256' },
  features: {
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
    devInteractions: { enabled: false },
  },
  // The lifetimes are its defaults, which it would otherwise name in a notice.
  ttl: { AccessToken: 3600, ClientCredentials: 600, Grant: 1209600, IdToken: 3600, RefreshToken: 1209600 },
  cookies: { keys: ['not a secret: no browser comes here'] },
  async findAccount(_ctx, id) {
    const claims = await stored.users.find(id);
    return claims && { accountId: id, claims: () => claims };
  },
});

provider.on('server_error', (_ctx, error) => {
  console.error(error);
});

// A user's consent and the refresh token of it, as the authorization code flow leaves them.
async function refreshToken() {
  const client = await provider.Client.find('app');
  const grant = new provider.Grant({ accountId: user.sub, clientId: client.clientId });
  grant.addOIDCScope('openid offline_access');
  const token = new provider.RefreshToken({
    accountId: user.sub,
    authTime: Math.floor(Date.now() / 1000),
    client,
    grantId: await grant.save(),
    gty: 'authorization_code',
    scope: 'openid offline_access',
  });
  return token.save();
}

await createTable();
await stored.users.upsert(user.sub, user);
for (const client of clients) await stored.clients.upsert(client.client_id, client);
const refresh_token = await refreshToken();
const server = provider.listen(0, '127.0.0.1', () => {
  const url = `http://127.0.0.1:${server.address().port}`;
  console.log(JSON.stringify({ url, refresh_token, version: `oidc-provider ${version}, Node ${process.versions.node}` }));
});
// Longer than a connection waits here for its next request.
server.keepAliveTimeout = 60_000;
