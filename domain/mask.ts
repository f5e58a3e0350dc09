/** How names appear on screens and notices: enough for a payee to find the line, too little to know a stranger by. */

const NOT_VISIBLE = /[\p{Cc}\p{Cf}\p{Zs}\p{Zl}\p{Zp}]/gu

/**
 * The first code point of a name and two stars, whatever the name's length: 张伟 and 阿卜杜·热合曼 become 张** and 阿**.
 * Controls, direction marks and spaces are never what is shown; a name of nothing else becomes two stars.
 */
export const maskName = (name: string): string => {
  const [first = ''] = name.replace(NOT_VISIBLE, '')
  return `${first}**`
}
