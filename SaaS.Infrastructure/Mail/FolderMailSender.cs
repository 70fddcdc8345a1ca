using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using MimeKit;

namespace SaaS.Infrastructure.Mail;

/// <summary>
/// Writes mails to a folder, as <c>.eml</c> for a mail program and as <c>.html</c> for a browser. File names sort by time and contain the
/// mail's id, so that a mail that is sent again overwrites itself.
/// </summary>
internal sealed partial class FolderMailSender(string folder, Mailbox sender, TimeProvider clock, ILogger<FolderMailSender> log)
    : MailSender
{
    public override async Task SendAsync(Mail mail, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        using var message = MimeEmail.Create(mail, sender, now);
        message.Prepare(EncodingConstraint.SevenBit);

        try
        {
            CreateFolder();
            var file =
                Directory.EnumerateFiles(folder, $"*_{mail.Id}.eml").FirstOrDefault()
                ?? Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{now:yyyy-MM-dd'T'HH-mm-ss.fff'Z'}_{mail.Id}.eml"));

            // The .eml file is written last, so that where it exists, the .html file exists too.
            await WriteAsync(Path.ChangeExtension(file, ".html"), page => page.WriteAsync(Encoding.UTF8.GetBytes(mail.Html), ct).AsTask());
            await WriteAsync(file, eml => message.WriteToAsync(eml, ct));
            LogWritten(log, mail.Id, file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MailDeferredException("The mail could not be written to Mail:Folder.", e);
        }
    }

    public override Task DeleteSentAsync(CancellationToken ct)
    {
        if (Directory.Exists(folder))
        {
            foreach (var eml in Directory.EnumerateFiles(folder, "*_*.eml"))
            {
                ct.ThrowIfCancellationRequested();
                File.Delete(eml);
                File.Delete(Path.ChangeExtension(eml, ".html"));
            }
        }

        return Task.CompletedTask;
    }

    // Writes to a temporary file and renames it, which is atomic.
    private static async Task WriteAsync(string path, Func<Stream, Task> write)
    {
        var unfinished = $"{path}.{Path.GetRandomFileName()}.part";

        try
        {
            await using (var file = new FileStream(unfinished, OwnersAlone()))
            {
                await write(file);
            }

            File.Move(unfinished, path, overwrite: true);
        }
        catch
        {
            File.Delete(unfinished);
            throw;
        }
    }

    // Readable by the owner alone, because a mail may contain a link that signs in the person who opens it.
    private static FileStreamOptions OwnersAlone()
    {
        var file = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Options = FileOptions.Asynchronous,
        };
        if (!OperatingSystem.IsWindows())
        {
            file.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return file;
    }

    private void CreateFolder()
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
            return;
        }

        Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    [LoggerMessage(1701, LogLevel.Information, "Mail {MailId} was written to {File}")]
    private static partial void LogWritten(ILogger log, Guid mailId, string file);
}
