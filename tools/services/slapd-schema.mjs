import { readFileSync } from 'node:fs';

/** OpenLDAP's arc for experiments. */
const arc = '1.3.6.1.4.1.4203.666.11.1';

/** Names of attributes that the server's schema files define; those that stand there as comments are built in. */
function definedNames(schemaFiles) {
  const text = schemaFiles.map((file) => readFileSync(file, 'utf8')).join('\n');
  const groups = text.matchAll(/^#?attributetype[\s#(]+[\d.]+[\s#]+NAME\s+(?:'([^']+)'|\(([^)]*)\))/gim);
  return new Set([...groups].flatMap(([, one, many]) => (one ?? many).match(/[\w-]+/g)).map((n) => n.toLowerCase()));
}

/**
 * The schema of the tests, as text of slapd: the attributes to which local claims are mapped by default, as far as the
 * given schema files lack them (UTF-8 text, letters of any case), and two object classes: `identityPerson`, a structural
 * one below inetOrgPerson that may have all of them, and `identityGroup`, an auxiliary one by which a group may have
 * `scimId`, `displayName`, `createdDate` and `lastModifiedDate`.
 */
export function identitySchema(schemaFiles, claims) {
  const defined = definedNames(schemaFiles);
  // Some claims that the server keeps itself have names that no directory would take.
  const names = [...new Set(claims.map(({ attribute }) => attribute))].filter((name) =>
    /^[a-z][a-z0-9-]*$/i.test(name),
  );
  const attributes = names
    .filter((name) => !defined.has(name.toLowerCase()))
    .map((name, index) =>
      [
        `attributetype ( ${arc}.1.${index + 1} NAME '${name}'`,
        '  EQUALITY caseIgnoreMatch ORDERING caseIgnoreOrderingMatch SUBSTR caseIgnoreSubstringsMatch',
        '  SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )',
      ].join('\n'),
    );
  const classes = [
    `objectclass ( ${arc}.2.1 NAME 'identityPerson' SUP inetOrgPerson STRUCTURAL\n  MAY ( ${names.join(' $ ')} ) )`,
    `objectclass ( ${arc}.2.2 NAME 'identityGroup' SUP top AUXILIARY
  MAY ( scimId $ displayName $ createdDate $ lastModifiedDate ) )`,
  ];
  return `${[...attributes, ...classes].join('\n\n')}\n`;
}
