using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using MimeKit;

namespace SaaS.LocalServices;

/// <summary>
/// A web server that shows the mails of a folder. Its pages are under a secret path, because other users of the machine can reach the
/// port and a mail may contain a link that signs in to an account.
/// </summary>
internal sealed class MailFolderServer : IAsyncDisposable
{
    private const int MaxMails = 100;

    // Mails have inline styles, no scripts and no external resources.
    private const string ContentSecurityPolicy =
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

    private readonly WebApplication _server;

    private MailFolderServer(WebApplication server, string address) => (_server, Address) = (server, address);

    /// <summary>The URL of the list of mails, including the secret path.</summary>
    internal string Address { get; }

    internal static async Task<MailFolderServer> StartAsync(string folder, string token, int port, CancellationToken ct)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder
            .WebHost.UseKestrelCore()
            .ConfigureKestrel(kestrel =>
            {
                kestrel.AddServerHeader = false;
                kestrel.ListenLocalhost(port);
            });
        var server = builder.Build();
        server.Run(http => HandleAsync(http, folder, $"/{token}"));
        try
        {
            await server.StartAsync(ct);
        }
        catch (IOException taken)
        {
            await server.DisposeAsync();
            throw new LocalServiceException($"cannot listen on port {port}: {taken.Message}", taken);
        }

        return new MailFolderServer(server, $"http://localhost:{port}/{token}/");
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private static async Task HandleAsync(HttpContext http, string folder, string root)
    {
        var page = http.Request.Path.StartsWithSegments(root, StringComparison.Ordinal, out var rest)
            ? rest.Value is "" or "/"
                ? await ListAsync(folder, root)
                : await ReadAsync(folder, rest.Value![1..])
            : null;
        http.Response.StatusCode = page is null ? StatusCodes.Status404NotFound : StatusCodes.Status200OK;
        http.Response.Headers.ContentSecurityPolicy = ContentSecurityPolicy;
        http.Response.Headers["Referrer-Policy"] = "no-referrer";
        http.Response.Headers.CacheControl = "no-store";
        http.Response.ContentType = "text/html; charset=utf-8";
        await http.Response.WriteAsync(page ?? "<!doctype html><title>Not found</title>Not found");
    }

    // The name must match a file of the folder, which rules out path traversal.
    private static async Task<string?> ReadAsync(string folder, string name) =>
        Directory.EnumerateFiles(folder, "*.html").FirstOrDefault(file => Path.GetFileName(file) == name) is { } mail
            ? await File.ReadAllTextAsync(mail)
            : null;

    private static async Task<string> ListAsync(string folder, string root)
    {
        var rows = new StringBuilder();
        foreach (var file in Directory.EnumerateFiles(folder, "*.eml").OrderDescending(StringComparer.Ordinal).Take(MaxMails))
        {
            using var mail = await MimeMessage.LoadAsync(file);
            rows.Append(
                CultureInfo.InvariantCulture,
                $"""<tr><td>{mail.Date.ToLocalTime():yyyy-MM-dd HH:mm:ss}<td>{Encode(mail.To.ToString())}"""
                    + $"""<td><a href="{root}/{Encode(Path.GetFileNameWithoutExtension(file))}.html">{Encode(mail.Subject)}</a>"""
            );
        }

        var list =
            rows.Length == 0
                ? "<p>No mail has been sent yet.</p>"
                : $"<table><thead><tr><th>Sent<th>To<th>Subject</thead><tbody>{rows}</tbody></table>";
        return $$"""
            <!doctype html><html lang="en"><meta charset="utf-8"><title>Mails</title><meta name="viewport" content="width=device-width">
            <style>
              :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
              body { margin: 2rem auto; max-width: 60rem; padding: 0 1rem }
              table { border-collapse: collapse; width: 100% }
              th, td { text-align: left; padding: .4rem .8rem; border-bottom: 1px solid #8884 }
            </style>
            <h1>Mails</h1>
            {{list}}
            </html>
            """;
    }

    private static string Encode(string? text) => WebUtility.HtmlEncode(text ?? "");
}
