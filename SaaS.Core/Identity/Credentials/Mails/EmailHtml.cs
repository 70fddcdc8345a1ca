using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace SaaS.Core.Identity.Credentials.Mails;

/// <summary>
/// Renders a mail as HTML. Uses tables and inline styles, because many mail programs support nothing newer, and no image, font or
/// script, because each would reveal that the mail was read; all text is encoded here and only here.
/// </summary>
internal static class EmailHtml
{
    private const string Font = "font-family:-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";
    private const string ParagraphStyle = $"margin:0 0 20px;{Font};font-size:16px;line-height:26px;color:#1d2433";
    private const string FootnoteStyle = $"margin:0 0 12px;{Font};font-size:14px;line-height:22px;color:#5a6375";

    // Keeps letters of every script readable; only HTML syntax is encoded.
    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    public static string Render(EmailTemplate template, string greeting, string product) =>
        $$"""
            <!DOCTYPE html>
            <html lang="en" dir="ltr">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <meta name="supported-color-schemes" content="light dark">
            <meta name="format-detection" content="telephone=no, date=no, address=no, email=no">
            <title>{{Encode(template.Subject)}}</title>
            <style>
            :root { color-scheme: light dark; supported-color-schemes: light dark; }
            @media (max-width: 480px) {
              .outer { padding: 20px 12px !important; }
              .card { padding: 28px 22px 20px !important; }
            }
            @media (prefers-color-scheme: dark) {
              .page { background-color: #0e1116 !important; }
              .card { background-color: #181c24 !important; border-color: #2a303c !important; }
              .ink { color: #e9ecf2 !important; }
              .quiet { color: #a3acbd !important; }
              .line { border-color: #2a303c !important; }
              .button { background-color: #9db2ff !important; }
              .label { color: #10141c !important; }
              .link { color: #9db2ff !important; }
            }
            </style>
            </head>
            <body class="page" style="margin:0;padding:0;background-color:#f1f3f7;-webkit-text-size-adjust:100%">
            <div style="display:none;max-height:0;overflow:hidden;mso-hide:all" aria-hidden="true">{{Encode(template.Preview)}}</div>
            <table class="page" role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="background-color:#f1f3f7">
            <tr><td class="outer" align="center" style="padding:40px 16px">
            <table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:560px">
            <tr><td style="padding:0 4px 18px">
            <p class="ink" style="margin:0;{{Font}};font-size:15px;line-height:22px;font-weight:600;color:#1d2433">{{Encode(product)}}</p>
            </td></tr>
            <tr><td class="card" style="padding:36px 40px 28px;background-color:#ffffff;border:1px solid #e0e4ec;border-radius:12px">
            <h1 class="ink" style="margin:0 0 20px;{{Font}};font-size:22px;line-height:30px;font-weight:650;color:#1d2433">{{Encode(
                template.Subject
            )}}</h1>
            <p class="ink" style="{{ParagraphStyle}}">{{Encode(greeting)}}</p>
            {{string.Join('\n', template.Blocks.Select(Render))}}
            </td></tr>
            <tr><td style="padding:18px 4px 0">
            <p class="quiet" style="margin:0;{{Font}};font-size:13px;line-height:20px;color:#5a6375">Sent automatically by {{Encode(
                product
            )}}; replies are not read.</p>
            </td></tr>
            </table>
            </td></tr>
            </table>
            </body>
            </html>

            """;

    private static string Render(EmailBlock block) =>
        block switch
        {
            Paragraph text => $"""<p class="ink" style="{ParagraphStyle}">{Encode(text.Text)}</p>""",
            Footnote footnote => $"""<p class="quiet" style="{FootnoteStyle}">{Encode(footnote.Text)}</p>""",
            Button button => RenderButton(button),
            KeyValueTable table => RenderTable(table),
            _ => throw new ArgumentOutOfRangeException(nameof(block)),
        };

    private static string RenderButton(Button button) =>
        $"""
            <table role="presentation" cellpadding="0" cellspacing="0" border="0" style="margin:4px 0 24px">
            <tr><td class="button" align="center" bgcolor="#2f4fd0" style="background-color:#2f4fd0;border-radius:8px">
            <a class="label" href="{Encode(
                button.Link
            )}" style="display:inline-block;padding:13px 28px;{Font};font-size:16px;line-height:22px;font-weight:600;color:#ffffff;text-decoration:none">{Encode(
                button.Label
            )}</a>
            </td></tr>
            </table>
            <p class="quiet" style="margin:0 0 4px;{Font};font-size:14px;line-height:22px;color:#5a6375">Or open this link:</p>
            <p style="margin:0 0 24px;{Font};font-size:14px;line-height:22px;word-break:break-all"><a class="link" href="{Encode(
                button.Link
            )}" style="color:#2f4fd0">{Encode(button.Link)}</a></p>
            """;

    private static string RenderTable(KeyValueTable table)
    {
        const string Cell =
            $"padding:10px 0;border-top:1px solid #e0e4ec;{Font};font-size:15px;line-height:22px;text-align:left;vertical-align:top";
        var rows = table.Rows.Select(row =>
            $"""
                <tr><th class="quiet line" scope="row" style="{Cell};padding-right:20px;width:120px;font-weight:400;color:#5a6375">{Encode(
                    row.Name
                )}</th><td class="ink line" style="{Cell};color:#1d2433;word-break:break-word">{Encode(row.Value)}</td></tr>
                """
        );

        return $"""
            <table width="100%" cellpadding="0" cellspacing="0" border="0" style="margin:0 0 20px">
            {string.Join('\n', rows)}
            </table>
            """;
    }

    private static string Encode(string text) => Encoder.Encode(text);
}
