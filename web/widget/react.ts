/**
 * What of React's interface the widget uses, given by Preact. The build puts
 * this in React's place: preact/compat would add what nobody here needs.
 */

import { render, type ComponentChild } from 'preact';

export { Component, createContext } from 'preact';
export { useContext, useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';

export function createRoot(place: Element) {
  return {
    render: (what: ComponentChild) => render(what, place),
    unmount: () => render(null, place),
  };
}
