import { useEffect, useState } from 'react';
import { emptyTranscript, reduce, type Transcript } from '../../chat/transcript/transcript';
import { Banner, Dialog } from '../../ui';
import { useController, useSettings } from '../app/context';
import { words } from '../app/controller';
import { Lines } from '../conversation/lines';

/** The transcript of a chat that is over, to read. */
export function PastDialog({ contact, title, onClose }: { contact: string; title: string; onClose(): void }) {
  const controller = useController();
  const { dates } = useSettings();
  const [transcript, setTranscript] = useState<Transcript>(() => emptyTranscript(''));
  const [next, setNext] = useState<string | null>(null);
  const [busy, setBusy] = useState(true);
  const [problem, setProblem] = useState<string | null>(null);
  const read = (from: string | null) => {
    setBusy(true);
    controller
      .transcript(contact, from)
      .then(
        (page) => {
          setTranscript((t) => reduce(t, { type: 'items', items: page.entries }));
          setNext(page.next);
        },
        (e: unknown) => setProblem(words(e)),
      )
      .finally(() => setBusy(false));
  };
  useEffect(() => read(null), [contact]);
  return (
    <Dialog title={title} size="wide" isOpen onClose={onClose}>
      {problem !== null && <Banner tone="bad">{problem}</Banner>}
      <div className="past">
        <Lines label={title} transcript={transcript} earlier={next !== null} busy={busy} onEarlier={() => read(next)} announce={false} language={dates} />
      </div>
    </Dialog>
  );
}
