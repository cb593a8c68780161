import { Badge, Timer, useNow } from '../../ui';

/** From when on a customer waits for long, and for very long, in milliseconds. */
const long = 60_000;
const veryLong = 180_000;

/** How long a wait is, in a word: what the colour says, too. */
export function urgency(waited: number): 'fine' | 'long' | 'very long' {
  return waited >= veryLong ? 'very long' : waited >= long ? 'long' : 'fine';
}

/** Since when it is whose turn. Only a customer's wait becomes urgent. */
export function WaitBadge({ waiting, since, skew }: { waiting: 'customer' | 'us'; since: number; skew: number }) {
  const now = useNow();
  if (waiting === 'us') {
    return (
      <Badge icon="accept">
        Answered <Timer since={since} skew={skew} label="Since your side answered" />
      </Badge>
    );
  }
  const how = urgency(now + skew - since);
  return (
    <Badge tone={how === 'very long' ? 'bad' : how === 'long' ? 'warn' : 'neutral'} icon={how === 'fine' ? 'clock' : 'warning'}>
      {how === 'very long' ? 'Waits long' : 'Waits'} <Timer since={since} skew={skew} label="The customer waits" />
    </Badge>
  );
}
