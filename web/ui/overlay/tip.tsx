import { Tooltip, TooltipTrigger } from 'react-aria-components';
import './overlay.css';

/** Shows words beside a control while it is pointed at or has the focus. */
export function Tip({ text, keys, children }: { text: string; keys?: string | undefined; children: React.ReactNode }) {
  return (
    <TooltipTrigger delay={500} closeDelay={50}>
      {children}
      <Tooltip className="tip" offset={6}>
        {text}
        {keys !== undefined && <kbd>{keys}</kbd>}
      </Tooltip>
    </TooltipTrigger>
  );
}
