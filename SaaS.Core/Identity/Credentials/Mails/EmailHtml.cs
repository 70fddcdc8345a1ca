using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace SaaS.Core.Identity.Credentials.Mails;

/// <summary>
/// A letter as a page for mail programs: tables and inline styles, because many know nothing newer; no picture, font or
/// script, because each would tell somebody that the mail was read. Every word is encoded here and nowhere else.
/// </summary>
internal static class EmailHtml
{
    private const string Font = "font-family:-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";
    private const string Paragraph = $"margin:0 0 20px;{Font};font-size:16px;line-height:26px;color:#1d2433";
    private const string Small = $"margin:0 0 12px;{Font};font-size:14px;line-height:22px;color:#5a6375";

    // Readable letters of every script; only what means something to HTML is replaced.
    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    public static string Set(EmailTemplate letter, string greeting, string product) =>
        $$"""
        <!DOCTYPE html>
        <html lang="en" dir="ltr">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta name="supported-color-schemes" content="light dark">
        <meta name="format-detection" content="telephone=no, date=no, address=no, email=no">
        <title>{{Safe(letter.Subject)}}</title>
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
        <div style="display:none;max-height:0;overflow:hidden;mso-hide:all" aria-hidden="true">{{Safe(letter.Preview)}}</div>
        <table class="page" role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="background-color:#f1f3f7">
        <tr><td class="outer" align="center" style="padding:40px 16px">
        <table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:560px">
        <tr><td style="padding:0 4px 18px">
        <p class="ink" style="margin:0;{{Font}};font-size:15px;line-height:22px;font-weight:600;color:#1d2433">{{Safe(product)}}</p>
        </td></tr>
        <tr><td class="card" style="padding:36px 40px 28px;background-color:#ffffff;border:1px solid #e0e4ec;border-radius:12px">
        <h1 class="ink" style="margin:0 0 20px;{{Font}};font-size:22px;line-height:30px;font-weight:650;color:#1d2433">{{Safe(letter.Subject)}}</h1>
        <p class="ink" style="{{Paragraph}}">{{Safe(greeting)}}</p>
        {{string.Join('\n', letter.Passages.Select(Set))}}
        </td></tr>
        <tr><td style="padding:18px 4px 0">
        <p class="quiet" style="margin:0;{{Font}};font-size:13px;line-height:20px;color:#5a6375">Sent automatically by {{Safe(product)}}; replies are not read.</p>
        </td></tr>
        </table>
        </td></tr>
        </table>
        </body>
        </html>

        """;

    private static string Set(EmailBlock passage) => passage switch
    {
        Paragraph words => $"""<p class="ink" style="{Paragraph}">{Safe(words.Text)}</p>""",
        Footnote aside => $"""<p class="quiet" style="{Small}">{Safe(aside.Text)}</p>""",
        Button step => Button(step),
        KeyValueTable facts => Table(facts),
        _ => throw new ArgumentOutOfRangeException(nameof(passage)),
    };

    private static string Button(Button step) =>
        $"""
        <table role="presentation" cellpadding="0" cellspacing="0" border="0" style="margin:4px 0 24px">
        <tr><td class="button" align="center" bgcolor="#2f4fd0" style="background-color:#2f4fd0;border-radius:8px">
        <a class="label" href="{Safe(step.Link)}" style="display:inline-block;padding:13px 28px;{Font};font-size:16px;line-height:22px;font-weight:600;color:#ffffff;text-decoration:none">{Safe(step.Label)}</a>
        </td></tr>
        </table>
        <p class="quiet" style="margin:0 0 4px;{Font};font-size:14px;line-height:22px;color:#5a6375">Or open this link:</p>
        <p style="margin:0 0 24px;{Font};font-size:14px;line-height:22px;word-break:break-all"><a class="link" href="{Safe(step.Link)}" style="color:#2f4fd0">{Safe(step.Link)}</a></p>
        """;

    private static string Table(KeyValueTable facts)
    {
        const string Cell = $"padding:10px 0;border-top:1px solid #e0e4ec;{Font};font-size:15px;line-height:22px;text-align:left;vertical-align:top";
        var rows = facts.Points.Select(point =>
            $"""
            <tr><th class="quiet line" scope="row" style="{Cell};padding-right:20px;width:120px;font-weight:400;color:#5a6375">{Safe(point.Name)}</th><td class="ink line" style="{Cell};color:#1d2433;word-break:break-word">{Safe(point.Value)}</td></tr>
            """);

        return $"""
            <table width="100%" cellpadding="0" cellspacing="0" border="0" style="margin:0 0 20px">
            {string.Join('\n', rows)}
            </table>
            """;
    }

    private static string Safe(string words) => Encoder.Encode(words);
}
