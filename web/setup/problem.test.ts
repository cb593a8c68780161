import { expect, test } from 'vitest';
import { ServiceError } from '../chat/service';
import { fieldOf, words } from './problem';

test('a refusal is put beside the field that it is about', () => {
  expect(fieldOf(new ServiceError(400, 'ValidationException', 'password: is too easy to guess'))).toEqual({ field: 'password', says: 'Is too easy to guess.' });
  expect(fieldOf(new ServiceError(409, 'ConflictException', 'there is an administrator already'))).toBeNull();
  expect(fieldOf(new Error('token: x'))).toBeNull();
  expect(words(new Error('gone'))).toBe('gone');
});
