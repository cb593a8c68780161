import { useState } from 'react';
import { Button, Tooltip, TooltipTrigger } from 'react-aria-components';
import './overlay.css';

/** A word and what it means: shown to whoever points at it, comes to it by keyboard, or touches it. */
export function TermLabel({ says, children }: { says: string; children: React.ReactNode }) {
  const [open, setOpen] = useState(false);
  return (
    <TooltipTrigger delay={300} closeDelay={50} isOpen={open} onOpenChange={setOpen}>
      <Button className="term" onPress={() => setOpen(true)}>
        {children}
      </Button>
      <Tooltip className="tip" offset={6}>
        {says}
      </Tooltip>
    </TooltipTrigger>
  );
}
