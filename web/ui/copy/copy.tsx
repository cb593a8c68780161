import { useState } from 'react';
import { Button } from '../button/button';
import './copy.css';

/** Words to take along: shown as they are, with a button that copies them. */
export function CopyText({ label, text, shown = text }: {
  label: string;
  text: string;
  /** What to show in place of it, where not everybody should read it. */
  shown?: string;
}) {
  const [state, setState] = useState<'idle' | 'copied' | 'failed'>('idle');
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setState('copied');
      setTimeout(() => setState('idle'), 2000);
    } catch {
      setState('failed');
    }
  };
  return (
    <div className="copy">
      <pre tabIndex={0} role="region" aria-label={label}>
        {shown}
      </pre>
      <Button size="small" icon={state === 'copied' ? 'accept' : 'copy'} aria-label={`Copy ${label}`} onPress={() => void copy()}>
        {state === 'copied' ? 'Copied' : 'Copy'}
      </Button>
      <span role="status" className={state === 'failed' ? 'copy-failed' : 'unseen'}>
        {state === 'copied' ? 'Copied' : state === 'failed' ? 'The browser does not let us copy. Select the words and copy them yourself.' : ''}
      </span>
    </div>
  );
}
