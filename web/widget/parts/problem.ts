import type { Problem } from '../../chat/customer/state';
import type { Key } from '../words/en';

/** The words for what went wrong. */
export function sayProblem(problem: Problem): Key {
  switch (problem.kind) {
    case 'refused':
      return 'refused';
    case 'throttled':
      return 'throttled';
    case 'not started':
      return 'notStarted';
    case 'offline':
      return 'offline';
    case 'ended':
      return 'ended';
    default:
      return 'unknown';
  }
}
