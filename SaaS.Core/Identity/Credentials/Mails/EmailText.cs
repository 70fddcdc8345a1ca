using System.Text;

namespace SaaS.Core.Identity.Credentials.Mails;

/// <summary>Renders a mail as plain text.</summary>
internal static class EmailText
{
    public static string Render(EmailTemplate template, string greeting, string product)
    {
        var text = new StringBuilder(greeting).Append("\n\n");
        foreach (var block in template.Blocks)
        {
            text.Append(Render(block)).Append("\n\n");
        }

        // "-- " starts a signature, which mail programs omit from replies.
        return text.Append("-- \n").Append(product).Append('\n').Append("Sent automatically; replies are not read.\n").ToString();
    }

    private static string Render(EmailBlock block) =>
        block switch
        {
            Paragraph paragraph => paragraph.Text,
            Footnote footnote => footnote.Text,
            Button button => $"{button.Label}:\n{button.Link}",
            KeyValueTable table => string.Join('\n', table.Rows.Select(row => $"{row.Name}: {row.Value}")),
            _ => throw new ArgumentOutOfRangeException(nameof(block)),
        };
}
