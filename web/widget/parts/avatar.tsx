import type { Who } from '../conversation/rows';
import { initials } from '../session';
import { Icon } from './icon';

/** A face for a name: initials for people, a drawing for machines. The name itself stands beside it. */
export function Avatar({ who, name, small = false }: { who: Who; name: string; small?: boolean }) {
  return (
    <span className={small ? 'avatar small' : 'avatar'} aria-hidden="true">
      {who === 'bot' ? <Icon name="bot" /> : who === 'system' ? <Icon name="speech" /> : initials(name)}
    </span>
  );
}
