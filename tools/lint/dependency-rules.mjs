/**
 * Builds the dependency rules of docs/design.md §1 from the order of the rooms, lowest first, in the form that
 * dependency-cruiser takes. Each rule's comment is what a person reads when it is broken.
 */
export function dependencyRules(rooms) {
  return [...pluginRules(), ...doorRules(), ...orderRules(rooms), ...generalRules()].map((rule) => ({
    severity: 'error',
    ...rule,
  }));
}

const anyDoor = '^core/[^/]+/index\\.ts$';

function pluginRules() {
  return [
    {
      name: 'plugin-behind-a-door',
      comment: 'A plugin reaches core only through the doors, #core/<room>.',
      from: { path: '^plugins/' },
      to: { path: '^core/', pathNot: anyDoor },
    },
    {
      name: 'plugin-door-by-path',
      comment: 'A plugin names a door #core/<room>, not by a relative path.',
      from: { path: '^plugins/' },
      to: { path: anyDoor, dependencyTypesNot: ['aliased'] },
    },
    {
      name: 'plugin-to-plugin',
      comment: 'A plugin never imports another plugin: removing any folder must break nobody else.',
      from: { path: '^plugins/([^/]+)/([^/]+)/' },
      to: { path: '^plugins/', pathNot: '^plugins/$1/$2/' },
    },
    {
      name: 'core-to-plugin',
      comment: 'Core never imports a plugin: the kernel loads what discovery found.',
      from: { path: '^core/' },
      to: { path: '^plugins/' },
    },
  ];
}

function doorRules() {
  return [
    {
      name: 'room-behind-a-door',
      comment: 'Rooms import each other only through the doors, #core/<room>.',
      from: { path: '^core/([^/]+)/' },
      to: { path: '^core/[^/]+/', pathNot: ['^core/$1/', anyDoor] },
    },
    {
      name: 'root-behind-a-door',
      comment: 'core/server.ts, too, imports rooms only through the doors, #core/<room>.',
      from: { path: '^core/[^/]+\\.ts$' },
      to: { path: '^core/[^/]+/', pathNot: anyDoor },
    },
    {
      name: 'room-door-by-path',
      comment: 'Another room is named #core/<room>, not by a relative path.',
      from: { path: '^core/([^/]+)/' },
      to: { path: anyDoor, pathNot: '^core/$1/', dependencyTypesNot: ['aliased'] },
    },
    {
      name: 'root-door-by-path',
      comment: 'core/server.ts names a room #core/<room>, not by a relative path.',
      from: { path: '^core/[^/]+\\.ts$' },
      to: { path: anyDoor, dependencyTypesNot: ['aliased'] },
    },
    {
      name: 'room-own-door',
      comment: 'Inside its own room a file imports its neighbours by relative path, not through the door.',
      from: { path: '^core/([^/]+)/' },
      to: { path: '^core/$1/index\\.ts$', dependencyTypes: ['aliased'] },
    },
  ];
}

/** One rule for each room: it imports nothing that stands above it. */
function orderRules(rooms) {
  const order = rooms.slice(0, -1).map((room, index) => ({
    name: `room-order-${room}`,
    comment: `${room} stands below these rooms; what needs an arrow back up is an event or an extension point.`,
    from: { path: `^core/${room}/` },
    to: { path: `^core/(${rooms.slice(index + 1).join('|')})/` },
  }));
  const root = {
    name: 'room-to-root',
    comment: 'No room imports the composition root or the command line.',
    from: { path: `^core/(${rooms.join('|')})/` },
    to: { path: '^core/(cli/|[^/]+\\.ts$)' },
  };
  return [...order, root];
}

function generalRules() {
  return [
    {
      name: 'production-to-tooling',
      comment: 'Core and plugins import nothing from tests, tools, docs or built output.',
      from: { path: '^(core|plugins)/' },
      to: { path: '^(tests|tools|docs|dist)/' },
    },
    {
      name: 'undeclared-package',
      comment: 'Core and plugins import only packages that package.json lists as dependencies.',
      from: { path: '^(core|plugins)/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'cycle',
      comment: 'Modules form no cycles.',
      from: {},
      to: { circular: true },
    },
    {
      name: 'unresolvable',
      comment: 'Every import leads somewhere.',
      from: {},
      to: { couldNotResolve: true },
    },
  ];
}
