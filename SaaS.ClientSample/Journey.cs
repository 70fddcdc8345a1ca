using Microsoft.Kiota.Abstractions;
using Microsoft.Kiota.Abstractions.Authentication;
using Microsoft.Kiota.Http.HttpClientLibrary;
using SaaS.Client;
using SaaS.Client.Models;

namespace SaaS.ClientSample;

/// <summary>Sample code for the API: registers an account, creates a tenant, and uploads and downloads a document.</summary>
internal static class Journey
{
    public static async Task RunAsync(Uri address, string email, string password, string file, TimeProvider clock, TextWriter output)
    {
        using var anonymous = Connect(address, new AnonymousAuthenticationProvider());
        var auth = new SaaSClient(anonymous).Api.Auth;
        try
        {
            await auth.Register.PostAsync(
                new RegisterUserRequest
                {
                    FirstName = "Ada",
                    LastName = "Lovelace",
                    Email = email,
                    Password = password,
                }
            );
        }
        catch (ProblemBody problem) when (problem.Error?.Code is "EMAIL_EXISTS")
        {
            await output.WriteLineAsync(problem.Message);
        }

        // From here on every request sends the access token, which is refreshed before it expires.
        using var session = await Session.SignInAsync(auth, email, password, clock);
        using var signedIn = Connect(address, new BaseBearerTokenAuthenticationProvider(session));
        var api = new SaaSClient(signedIn).Api;

        // A retry with the same idempotency key returns the same tenant instead of creating another.
        var made = await api.Tenants.PostAsync(
            new CreateTenantRequest { Name = "Analytical Engines" },
            request => request.Headers.Add("Idempotency-Key", "analytical-engines")
        );
        var documents = api.Tenants[made!.Data!.Id!.Value].Documents;

        await using var content = File.OpenRead(file);
        var form = new MultipartBody();
        form.AddOrReplacePart("file", "application/octet-stream", content, Path.GetFileName(file));
        var uploaded = await documents.PostAsync(form);
        await output.WriteLineAsync(uploaded!.Message);

        var page = await documents.GetAsync(request =>
            (request.QueryParameters.Filename, request.QueryParameters.PerPage) = (Path.GetFileName(file), 10)
        );
        foreach (var document in page!.Data!.Documents!)
        {
            await output.WriteLineAsync(
                $"{document.Filename}, {document.MimeType}, {document.File!.FileSize} bytes, {document.CreatedAt:u}"
            );
        }

        await using var downloaded = await documents[uploaded.Data!.Id!.Value].Content.GetAsync();
        await using var copy = File.Create($"{file}.copy");
        await downloaded!.CopyToAsync(copy);

        try
        {
            await documents[Guid.Empty].GetAsync();
        }
        catch (ProblemBody problem)
        {
            await output.WriteLineAsync(
                $"As refusals come: {problem.Status} {problem.Error!.Code}: {problem.Message} (trace {problem.TraceId})"
            );
        }
    }

    private static HttpClientRequestAdapter Connect(Uri address, IAuthenticationProvider authentication) =>
        new(authentication) { BaseUrl = address.GetLeftPart(UriPartial.Authority) };
}
