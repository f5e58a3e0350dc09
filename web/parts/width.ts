import { useEffect, useRef, useState } from 'preact/hooks'

/** The width an element has been given, in CSS pixels; 0 until it is known. */
export const useWidth = () => {
  const ref = useRef<HTMLDivElement>(null)
  const [widthPx, setWidthPx] = useState(0)
  useEffect(() => {
    if (!ref.current) return undefined
    let frame = 0
    const observer = new ResizeObserver(([entry]) => {
      // Drawing within the notice itself would be noticed again.
      cancelAnimationFrame(frame)
      frame = requestAnimationFrame(() => setWidthPx(Math.floor(entry?.contentRect.width ?? 0)))
    })
    observer.observe(ref.current)
    return () => {
      cancelAnimationFrame(frame)
      observer.disconnect()
    }
  }, [])
  return { ref, widthPx }
}
