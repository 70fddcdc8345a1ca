using System.Text.RegularExpressions;
using MimeKit;
using SaaS.Core.Identity.Accounts;

namespace SaaS.Tests.Fixtures;

/// <summary>A mail in the mail folder, as its recipient reads it.</summary>
internal sealed partial record ReceivedMail(string Subject, string Text, string Html)
{
    /// <summary>The URL fragment of its link.</summary>
    public string Token =>
        Link().Match(Text) is { Success: true } link
            ? link.Groups[1].Value
            : throw new InvalidOperationException($"There is no link in: {Text}");

    /// <summary>Returns the mails to this address, oldest first.</summary>
    public static async Task<IReadOnlyList<ReceivedMail>> AllToAsync(SaaSApp app, string email)
    {
        var found = new List<(DateTimeOffset Date, ReceivedMail Mail)>();
        // File names begin with the time, which is more precise than the Date header.
        foreach (var file in Directory.EnumerateFiles(app.MailFolder, "*.eml").Order(StringComparer.Ordinal))
        {
            var message = await MimeMessage.LoadAsync(file, TestContext.Current.CancellationToken);
            if (message.To.Mailboxes.Any(mailbox => EmailAddress.TryParse(mailbox.Address, out var address) && address.Value == email))
            {
                found.Add((message.Date, new ReceivedMail(message.Subject ?? "", message.TextBody ?? "", message.HtmlBody ?? "")));
            }
        }

        return [.. found.OrderBy(one => one.Date).Select(one => one.Mail)];
    }

    /// <summary>Waits for the newest mail to this address whose subject contains the text.</summary>
    public static async Task<ReceivedMail> WaitForAsync(SaaSApp app, string email, string subject)
    {
        ReceivedMail? mail = null;
        await Eventually.HoldsAsync(
            async () =>
                (mail = (await AllToAsync(app, email)).LastOrDefault(one => one.Subject.Contains(subject, StringComparison.Ordinal)))
                    is not null,
            $"no mail about '{subject}' has come"
        );
        return mail!;
    }

    [GeneratedRegex(@"https?://\S+/account/\S+#(\S+)")]
    private static partial Regex Link();
}
