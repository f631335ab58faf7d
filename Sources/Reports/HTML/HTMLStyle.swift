import Lineage

/// How the page looks, on light and dark screens and on paper. Every text has a contrast of 4.5 to 1 or more against its ground.
enum HTMLStyle {
  static func sheet(title: String) -> String {
    screen + print.replacing(title: cssString(PlainText.of(title)))
  }

  private static let screen = """

    :root{--paper:#fff;--ground:#f6f8fa;--text:#1b1f24;--quiet:#57606a;--line:#d0d7de;--link:#0b5cad;--head:#eaeef2;
    --note:#eef4fb;--note-edge:#0b5cad;--warning:#fdeeee;--warning-edge:#c1121f;--gap:#fff6e0;--gap-edge:#8a5a00;color-scheme:light}
    @media screen and (prefers-color-scheme:dark){:root{--paper:#12161b;--ground:#1d232a;--text:#e9edf1;--quiet:#a3aeb9;--line:#3b444e;
    --link:#79b8ff;--head:#262e37;--note:#172433;--note-edge:#79b8ff;--warning:#331a1c;--warning-edge:#ff7b72;--gap:#2e2613;
    --gap-edge:#e3b341;color-scheme:dark}}
    *{box-sizing:border-box}
    body{margin:0 auto;max-width:66rem;padding:2rem 1.25rem 3rem;background:var(--paper);color:var(--text);
    font:1rem/1.5 'Helvetica Neue',Helvetica,Arial,'Liberation Sans','DejaVu Sans',sans-serif;overflow-wrap:anywhere}
    h1{font-size:2rem;line-height:1.2;margin:0}
    h2{font-size:1.45rem;margin:2.5rem 0 .6rem;padding-bottom:.25rem;border-bottom:1px solid var(--line)}
    h3{font-size:1.2rem;margin:1.8rem 0 .5rem}
    h4,h5{font-size:1rem;margin:1.4rem 0 .4rem}
    p{margin:.6rem 0}
    a{color:var(--link)}
    .subtitle{font-size:1.1rem;color:var(--quiet)}
    .quiet{color:var(--quiet)}
    .number{color:var(--quiet);font-weight:normal;margin-right:.35em}
    dl{margin:1rem 0;border-top:1px solid var(--line)}
    dl div{display:flex;gap:1rem;padding:.35rem 0;border-bottom:1px solid var(--line)}
    dt{flex:0 0 13rem;color:var(--quiet)}
    dd{flex:1;margin:0;min-width:0}
    code,pre{font:.88em/1.45 ui-monospace,'DejaVu Sans Mono','Liberation Mono',Menlo,Consolas,monospace;unicode-bidi:isolate}
    figure{margin:1.2rem 0}
    figcaption,caption{font-size:.9rem;color:var(--quiet);text-align:left;padding:.4rem 0}
    pre{margin:0;padding:.7rem .9rem;background:var(--ground);border:1px solid var(--line);white-space:pre-wrap}
    .table,.picture{overflow-x:auto}
    table{border-collapse:collapse;width:100%;min-width:38rem;font-size:.88rem;line-height:1.4;margin:.8rem 0}
    th,td{text-align:left;vertical-align:top;padding:.35rem .5rem;border-bottom:1px solid var(--line)}
    th,td{overflow-wrap:break-word}
    .long{overflow-wrap:anywhere}
    thead th{background:var(--head);border-bottom:2px solid var(--quiet);vertical-align:bottom}
    tbody th{font-weight:normal}
    .end{text-align:right;font-variant-numeric:tabular-nums}
    .empty{color:var(--quiet)}
    .note{margin:1rem 0;padding:.55rem .9rem;background:var(--note);border-left:.3rem solid var(--note-edge)}
    .note p{margin:0}
    .note.warning{background:var(--warning);border-color:var(--warning-edge)}
    .note.gap{background:var(--gap);border-color:var(--gap-edge)}
    nav ul{list-style:none;margin:.2rem 0;padding-left:1.4rem}
    nav>ul{padding-left:0}
    nav a{text-decoration:none}
    nav a:hover{text-decoration:underline}
    nav li{padding:.12rem 0}
    .graph svg{display:block;border:1px solid var(--line)}
    footer{margin-top:3rem;padding-top:.5rem;border-top:1px solid var(--line);color:var(--quiet);font-size:.9rem}
    @media screen and (min-width:70rem){.graph.wide{margin-inline:calc(50% - 47vw)}}
    @media screen and (max-width:40rem){dl div{display:block}}

    """

  /// `TITLE` stands for the document's, as a CSS string.
  private static let print = """
    @page{size:A4;margin:17mm 16mm 20mm;@bottom-left{content:TITLE;font:8pt sans-serif;color:#57606a}
    @bottom-right{content:counter(page) " / " counter(pages);font:8pt sans-serif;color:#57606a}}
    @page wide{size:A3 landscape}
    @media print{html{font-size:9.5pt}body{max-width:none;padding:0}h1{font-size:20pt}h2{font-size:14pt}h3{font-size:11.5pt}
    h4,h5{font-size:10pt}nav{break-after:page}table{min-width:0;font-size:8pt}.table,.picture{overflow:visible}thead{display:table-header-group;break-after:avoid}
    tr,.note,dl div,li{break-inside:avoid}h2,h3,h4,h5,caption,figcaption{break-after:avoid}
    .graph{break-inside:avoid}.wide{page:wide}.graph svg{max-width:100%;max-height:240mm;height:auto;border:0}
    .number,a{color:inherit}a{text-decoration:none}
    *{-webkit-print-color-adjust:exact;print-color-adjust:exact}}

    """

  /// Every character but ASCII letters and digits by its number, so that nothing ends the string, the rule or the element.
  private static func cssString(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      if scalar.isASCII, scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) {
        result.unicodeScalars.append(scalar)
      } else {
        result += "\\" + String(scalar.value, radix: 16) + " "
      }
    }
    return result + "\""
  }
}

extension String {
  fileprivate func replacing(title: String) -> String {
    // The sheet has it once.
    let parts = split(separator: "TITLE", maxSplits: 1, omittingEmptySubsequences: false)
    return parts.joined(separator: title)
  }
}
