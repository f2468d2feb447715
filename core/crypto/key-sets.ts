import { createHash, createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import {
  CompactSign,
  compactDecrypt,
  errors,
  exportJWK,
  importJWK,
  importPKCS8,
  importX509,
  type JWK,
  type JWTHeaderParameters,
  type JWTPayload,
  type JWTVerifyOptions,
  jwtVerify,
} from 'jose';
import { inject, injectable } from 'tsyringe';
import { IsNull } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { type Clock, ClockToken, type Soon, token, whenThere } from '#core/kernel';
import {
  type ConfigurationCache,
  ConfigurationCaches,
  ConfigurationCachesToken,
  Database,
  DatabaseToken,
} from '#core/persistence';
import { createSigningMaterial } from './certificates.js';
import { SecretBox, SecretBoxToken } from './secret-box.js';
import {
  KEY_ALGORITHMS,
  type KeyAlgorithm,
  SIGNING_ALGORITHMS,
  SigningKeyEntity,
  signsBy,
} from './signing-key.entity.js';

/** Injection token of the keys of organizations. */
export const KeySetsToken = token<KeySets>('crypto.key-sets');

type Key = Awaited<ReturnType<typeof importPKCS8>>;

/** The published keys of an organization. */
export interface JwksDocument {
  readonly keys: JWK[];
  /** The document as JSON, ready to send. */
  readonly text: string;
  /** Until when it is right, in milliseconds since the epoch. */
  readonly until: number;
}

/** A key that others may verify with. */
interface PublishedKey {
  readonly jwk: JWK;
  /** Milliseconds since the epoch; Infinity as long as no other takes its place. */
  readonly retiresAt: number;
}

/** How the header of a JWT names the certificate of its key (RFC 7515 §4.1.7, §4.1.8). */
export interface Thumbprints {
  /** By SHA-1. */
  readonly x5t: boolean;
  /** By SHA-256. */
  readonly x5tS256: boolean;
}

/** A key that signs, and the names of its certificate. */
interface SigningKey {
  readonly kid: string;
  readonly key: Key;
  readonly x5t: string;
  readonly x5tS256: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/** The keys of one organization, ready to use. */
interface KeySet {
  /** By algorithm, newest first. */
  readonly signing: ReadonlyMap<string, readonly SigningKey[]>;
  readonly verifying: ReadonlyMap<
    string,
    { readonly key: Key; readonly algorithm: string; readonly retiresAt: number }
  >;
  /** Private RSA keys, newest first: what others encrypt for the organization is for one of them. */
  readonly decrypting: readonly KeyObject[];
  /** Newest first. */
  readonly published: readonly PublishedKey[];
  document: JwksDocument;
}

function documentOf(published: readonly PublishedKey[], now: number): JwksDocument {
  const live = published.filter(({ retiresAt }) => retiresAt > now);
  const keys = live.map(({ jwk }) => jwk);
  return { keys, text: JSON.stringify({ keys }), until: Math.min(...live.map((key) => key.retiresAt)) };
}

const PURPOSE = 'signing-key';
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Ways to encrypt for the organization. RSA1_5 is not among them: its padding tells attackers too much (RFC 8725 §3.2). */
const KEY_MANAGEMENT = ['RSA-OAEP', 'RSA-OAEP-256', 'RSA-OAEP-384', 'RSA-OAEP-512'];
const CONTENT_ENCRYPTION = ['A128GCM', 'A192GCM', 'A256GCM', 'A128CBC-HS256', 'A192CBC-HS384', 'A256CBC-HS512'];

/** How long a key stays published after another took its place, in milliseconds: longer than any token lives by default. */
const OVERLAP_MS = 7 * 86_400_000;

/**
 * How long a new key is published before it signs, in milliseconds: until every node has heard of it, and no cache has an
 * answer of the JWKS endpoint (five minutes) without it. Else somebody would meet a token by an unknown key.
 */
const LEAD_MS = 6 * 60_000;

/** Signs and verifies with the keys of each organization; makes them on first use; rotates them. */
@injectable()
export class KeySets {
  readonly #cache: ConfigurationCache<KeySet>;

  constructor(
    @inject(DatabaseToken) private readonly database: Database,
    @inject(ConfigurationCachesToken) caches: ConfigurationCaches,
    @inject(SecretBoxToken) private readonly box: SecretBox,
    @inject(ClockToken) private readonly clock: Clock,
  ) {
    this.#cache = caches.create('signing-key', 500);
  }

  /**
   * Signs claims as a JWT with the current key of the organization. Runs off the event loop.
   *
   * @param header `alg` names the key; further parameters such as `typ` are kept
   * @param thumbprints how the header names the certificate
   */
  async sign(
    orgId: string,
    header: Partial<JWTHeaderParameters> & { alg: string },
    claims: JWTPayload,
    thumbprints: Thumbprints = { x5t: false, x5tS256: true },
  ): Promise<string> {
    const finding = this.#keys(orgId);
    const known = (finding instanceof Promise ? await finding : finding).signing.get(header.alg) ?? [];
    // The first keys of an organization sign at once: nobody has asked for any before.
    const signing = known.find(({ createdAt }) => createdAt + LEAD_MS <= this.clock.now()) ?? known.at(-1);
    if (!signing) throw new Error(`there is no ${header.alg} key`);
    const { kid, key, x5t, x5tS256 } = signing;
    const named = {
      kid,
      ...(thumbprints.x5t ? { x5t } : {}),
      ...(thumbprints.x5tS256 ? { 'x5t#S256': x5tS256 } : {}),
    };
    // Not SignJWT: it deep-copies the claims, to no use here.
    return new CompactSign(encoder.encode(JSON.stringify(claims)))
      .setProtectedHeader(Object.assign({}, header, named))
      .sign(key);
  }

  /** Claims and header of a JWT that this organization has signed. Throws a jose error when it has not, or a check of `options` fails. */
  async verify(
    orgId: string,
    jwt: string,
    options: JWTVerifyOptions = {},
  ): Promise<{ payload: JWTPayload; header: JWTHeaderParameters }> {
    const { verifying } = await this.#keys(orgId);
    const { payload, protectedHeader } = await jwtVerify(
      jwt,
      (header) => {
        const known = verifying.get(header.kid ?? '');
        if (!known || known.algorithm !== header.alg || known.retiresAt <= this.clock.now())
          throw new Error('unknown key');
        return known.key;
      },
      { algorithms: [...SIGNING_ALGORITHMS], currentDate: new Date(this.clock.now()), ...options },
    );
    // Without regard to case, as jose compares it, a subject token (jwt) would pass for an ID token (JWT).
    if (options.typ !== undefined && protectedHeader.typ !== options.typ)
      throw new errors.JWTClaimValidationFailed('unexpected "typ" JWT header value', payload, 'typ', 'check_failed');
    return { payload, header: protectedHeader };
  }

  /** Plain text of a JWE that was made for an RSA key of the organization (RFC 7516). Throws a jose error when it was not. */
  async decrypt(orgId: string, jwe: string): Promise<string> {
    const { decrypting } = await this.#keys(orgId);
    let failure: unknown;
    for (const key of decrypting) {
      try {
        const options = { keyManagementAlgorithms: KEY_MANAGEMENT, contentEncryptionAlgorithms: CONTENT_ENCRYPTION };
        return decoder.decode((await compactDecrypt(jwe, key, options)).plaintext);
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  /** The public keys of the organization (RFC 7517), with certificates. */
  jwks(orgId: string): Soon<JwksDocument> {
    return whenThere(this.#keys(orgId), (keys) => {
      const now = this.clock.now();
      if (keys.document.until <= now) keys.document = documentOf(keys.published, now);
      return keys.document;
    });
  }

  /** Makes new keys, which sign from six minutes later on; the ones before stay published for seven days. Returns the new `kid`s. */
  async rotate(orgId: string, commonName: string): Promise<string[]> {
    const fresh = await Promise.all(KEY_ALGORITHMS.map((algorithm) => this.#make(orgId, algorithm, commonName)));
    await this.database.run(async () => {
      await this.#cache.changed();
      const now = this.clock.now();
      const retiresAt = now + LEAD_MS + OVERLAP_MS;
      for (const key of fresh) key.createdAt = now;
      await this.database.manager.update(SigningKeyEntity, { orgId, retiresAt: IsNull() }, { retiresAt });
      await this.database.manager.insert(SigningKeyEntity, fresh as never);
    });
    return fresh.flatMap(({ kid, algorithm }) => signsBy(algorithm).map((alg) => kidFor(kid, alg)));
  }

  /** Makes the first keys of an organization, unless it has some. */
  async ensure(orgId: string, commonName: string): Promise<void> {
    if (await this.#has(orgId)) return;
    const fresh = await Promise.all(KEY_ALGORITHMS.map((algorithm) => this.#make(orgId, algorithm, commonName)));
    await this.database.run(async () => {
      await this.#cache.changed();
      // Another request or node may have been faster.
      if (!(await this.#has(orgId))) await this.database.manager.insert(SigningKeyEntity, fresh as never);
    });
  }

  async #has(orgId: string): Promise<boolean> {
    return (await this.database.manager.countBy(SigningKeyEntity, { orgId, retiresAt: IsNull() })) > 0;
  }

  #keys(orgId: string): Soon<KeySet> {
    const get = () => this.#cache.get(orgId, () => this.#load(orgId));
    return whenThere(get(), (found) => found ?? this.ensure(orgId, orgId).then(get as () => Promise<KeySet>));
  }

  async #load(orgId: string): Promise<KeySet | undefined> {
    const rows = await this.database.manager.find(SigningKeyEntity, { where: { orgId }, order: { createdAt: 'ASC' } });
    const published = rows.filter((row) => row.retiresAt === null || row.retiresAt > this.clock.now());
    if (!published.some((row) => row.retiresAt === null)) return undefined;
    const signing = new Map<string, SigningKey[]>();
    const verifying = new Map<string, { key: Key; algorithm: string; retiresAt: number }>();
    const decrypting: KeyObject[] = [];
    const newestFirst: PublishedKey[] = [];
    for (const row of published) {
      const pkcs8 = this.#open(row);
      const retiresAt = row.retiresAt ?? Number.POSITIVE_INFINITY;
      if (row.algorithm === 'RS256') decrypting.unshift(createPrivateKey(pkcs8));
      for (const alg of [...signsBy(row.algorithm)].reverse()) {
        const jwk = { ...row.publicJwk, alg, kid: kidFor(row.kid, alg) };
        verifying.set(jwk.kid, { key: (await importJWK(jwk, alg)) as Key, algorithm: alg, retiresAt });
        newestFirst.unshift({ jwk, retiresAt });
        const key = await importPKCS8(pkcs8, alg);
        const x5t = createHash('sha1').update(new X509Certificate(row.certificate).raw).digest('base64url');
        const one = { kid: jwk.kid, key, x5t, x5tS256: String(row.publicJwk['x5t#S256']), createdAt: row.createdAt };
        signing.set(alg, [one, ...(signing.get(alg) ?? [])]);
      }
    }
    const document = documentOf(newestFirst, this.clock.now());
    return { signing, verifying, decrypting, published: newestFirst, document };
  }

  #open(row: SigningKeyEntity): string {
    const pkcs8 = this.box.open(PURPOSE, row.privateKey);
    if (pkcs8 === undefined)
      throw new Error('a signing key cannot be opened: the master key is not the one that belongs to this database');
    return pkcs8;
  }

  async #make(orgId: string, algorithm: KeyAlgorithm, commonName: string): Promise<SigningKeyEntity> {
    const { privateKey, certificate } = await createSigningMaterial(algorithm, commonName, this.clock.now());
    const raw = new X509Certificate(certificate).raw;
    const print = createHash('sha256').update(raw);
    const x5tS256 = print.copy().digest('base64url');
    const kid = `${Buffer.from(print.digest('hex')).toString('base64url')}_${algorithm}`;
    const jwk = await exportJWK(await importX509(certificate, algorithm, { extractable: true }));
    const publicJwk = { ...jwk, use: 'sig', alg: algorithm, kid, x5c: [raw.toString('base64')], 'x5t#S256': x5tS256 };
    const sealed = this.box.seal(
      PURPOSE,
      createPrivateKey(privateKey).export({ type: 'pkcs8', format: 'pem' }) as string,
    );
    return {
      id: uuid(),
      orgId,
      algorithm,
      kid,
      publicJwk,
      privateKey: sealed,
      certificate,
      createdAt: this.clock.now(),
      retiresAt: null,
    };
  }
}

/** The name of a key for one of the algorithms that it serves: the certificate's hash, and the algorithm. */
const kidFor = (kid: string, algorithm: string) => `${kid.slice(0, kid.lastIndexOf('_'))}_${algorithm}`;
