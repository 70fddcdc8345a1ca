using Microsoft.Extensions.Logging.Abstractions;
using MimeKit;
using SaaS.Infrastructure.Mail;

namespace SaaS.Tests.Infrastructure;

public sealed class FolderMailSenderTests : MailSenderTests, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("saas-mail-").FullName;

    public FolderMailSenderTests() => Sender = SenderInto(_folder);

    internal override MailSender Sender { get; }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_mail_is_two_files_readable_only_by_their_owner()
    {
        await Sender.SendAsync(Letter, CancellationToken.None);

        var files = Directory.GetFiles(_folder).Order().ToList();
        Assert.Equal([".eml", ".html"], files.Select(Path.GetExtension));
        Assert.Equal(Letter.Html, await File.ReadAllTextAsync(files[1]));
        Assert.All(files, file => Assert.EndsWith($"_{Id}", Path.GetFileNameWithoutExtension(file), StringComparison.Ordinal));
        Assert.All(
            files,
            file =>
                Assert.Equal(
                    UnixFileMode.UserRead | UnixFileMode.UserWrite,
                    OperatingSystem.IsWindows() ? default : File.GetUnixFileMode(file)
                )
        );
    }

    [Fact]
    public async Task File_names_sort_by_time_and_contain_no_address()
    {
        Guid[] ids = [Guid.Parse("ffffffff-ac96-774b-bcce-b302099a8057"), Guid.Parse("00000000-ac96-774b-bcce-b302099a8057")];
        foreach (var id in ids)
        {
            await Sender.SendAsync(Letter with { Id = id }, CancellationToken.None);
            await Task.Delay(TimeSpan.FromMilliseconds(5));
        }

        Assert.Equal(ids.Select(id => $"{id:N}@saas.example"), Arrived().Select(mail => mail.MessageId));
        Assert.DoesNotContain(
            Directory.GetFiles(_folder),
            file => Path.GetFileName(file).Contains("zo", StringComparison.OrdinalIgnoreCase)
        );
    }

    [Fact]
    public async Task A_mail_sent_again_replaces_its_files()
    {
        await Sender.SendAsync(Letter, CancellationToken.None);
        await Sender.SendAsync(Letter with { Subject = "Again" }, CancellationToken.None);

        Assert.Equal("Again", Assert.Single(Arrived()).Subject);
    }

    [Fact]
    public async Task An_unwritable_folder_is_a_transient_failure()
    {
        var file = Path.Combine(_folder, "file");
        await File.WriteAllTextAsync(file, "");

        await Assert.ThrowsAsync<MailDeferredException>(() =>
            SenderInto(Path.Combine(file, "folder")).SendAsync(Letter, CancellationToken.None)
        );
    }

    protected override IReadOnlyList<MimeMessage> Arrived()
    {
        // No half-written file may be left beside the emails.
        Assert.DoesNotContain(Directory.GetFiles(_folder), file => Path.GetExtension(file) is not (".eml" or ".html"));
        return [.. Directory.GetFiles(_folder, "*.eml").Order(StringComparer.Ordinal).Select(file => MimeMessage.Load(file))];
    }

    private static FolderMailSender SenderInto(string folder) =>
        new(folder, From, TimeProvider.System, NullLogger<FolderMailSender>.Instance);
}
