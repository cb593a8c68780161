import { expect, test } from 'vitest';
import { pathOf, routeOf, routes } from './route';

test('every place has a path that leads back to it', () => {
  for (const r of routes) expect(routeOf(pathOf(r))).toBe(r);
});

test('a path that is not known leads to the chats, and one below a place to that place', () => {
  expect([routeOf('/desk'), routeOf('/desk/nowhere'), routeOf('/desk/board/queue-1'), routeOf('/')]).toEqual(['chats', 'chats', 'board', 'chats']);
});
