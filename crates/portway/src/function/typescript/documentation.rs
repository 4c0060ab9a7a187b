//! Doc comments carried over.

/// A block comment of the documentation and further lines; nothing if there is nothing to say.
pub(super) fn comment(documentation: &str, further: &[String], indent: &str) -> String {
    let mut lines: Vec<&str> = documentation.lines().collect();
    if !lines.is_empty() && !further.is_empty() {
        lines.push("");
    }
    lines.extend(further.iter().map(String::as_str));
    match lines.as_slice() {
        [] => String::new(),
        [line] => format!("{indent}/** {} */\n", harmless(line)),
        _ => {
            let mut out = format!("{indent}/**\n");
            for line in lines {
                out.push_str(format!("{indent} * {}", harmless(line)).trim_end());
                out.push('\n');
            }
            out.push_str(&format!("{indent} */\n"));
            out
        }
    }
}

/// Documentation cannot end the comment it stands in.
fn harmless(line: &str) -> String {
    line.replace("*/", "*\u{200b}/")
}
