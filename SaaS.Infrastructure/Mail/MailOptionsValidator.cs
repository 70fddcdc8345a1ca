using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace SaaS.Infrastructure.Mail;

/// <summary>Validates <see cref="MailOptions"/>; each failure is a sentence that names the setting.</summary>
internal sealed class MailOptionsValidator(IHostEnvironment environment) : IValidateOptions<MailOptions>
{
    private static readonly (TimeSpan Least, TimeSpan Most) Timeouts = (TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5));

    public ValidateOptionsResult Validate(string? name, MailOptions options)
    {
        List<string> failures = [.. ValidateSender(options), .. ValidateTransport(options)];
        return failures.Count is 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static IEnumerable<string> ValidateSender(MailOptions options)
    {
        if (!MimeEmail.IsAddress(options.From.Address))
        {
            yield return "Mail:From:Address must be an e-mail address.";
        }
    }

    private IEnumerable<string> ValidateTransport(MailOptions options)
    {
        var folder = string.IsNullOrEmpty(options.Folder) ? null : options.Folder;

        return (folder, options.Smtp) switch
        {
            (null, null) => ["Mail:Smtp:Host (a mail server) or Mail:Folder (a folder that collects the mails) must be set."],
            (not null, not null) => ["Mail:Folder and Mail:Smtp are both set: remove one of them."],
            (not null, null) => ValidateFolder(folder, options.AllowFolderOutsideDevelopment),
            (null, not null) => ValidateServer(options.Smtp),
        };
    }

    private IEnumerable<string> ValidateFolder(string folder, bool allowed)
    {
        if (!Path.IsPathFullyQualified(folder))
        {
            yield return "Mail:Folder must be an absolute path: the hosts do not share a working folder.";
        }

        if (!environment.IsDevelopment() && !allowed)
        {
            yield return "Mail:Folder does not deliver mails: outside Development set Mail:Smtp:Host, or allow it with Mail:AllowFolderOutsideDevelopment=true.";
        }
    }

    private static IEnumerable<string> ValidateServer(SmtpOptions smtp)
    {
        if (Uri.CheckHostName(smtp.Host) is UriHostNameType.Unknown)
        {
            yield return "Mail:Smtp:Host must be the name or the address of a mail server.";
        }

        if (smtp.Port is < 1 or > 65535)
        {
            yield return "Mail:Smtp:Port must be between 1 and 65535.";
        }

        if (!Enum.IsDefined(smtp.Security))
        {
            yield return "Mail:Smtp:Security must be None, StartTls or Tls.";
        }

        if (string.IsNullOrEmpty(smtp.UserName) != string.IsNullOrEmpty(smtp.Password))
        {
            yield return "Mail:Smtp:UserName and Mail:Smtp:Password belong together: set both or neither.";
        }

        if (smtp.Security is SmtpSecurity.None && !string.IsNullOrEmpty(smtp.Password))
        {
            yield return "Mail:Smtp:Password would cross the network in the clear: set Mail:Smtp:Security to StartTls or Tls.";
        }

        if (smtp.Timeout < Timeouts.Least || smtp.Timeout > Timeouts.Most)
        {
            yield return $"Mail:Smtp:Timeout must be between {Timeouts.Least:c} and {Timeouts.Most:c}.";
        }
    }
}
