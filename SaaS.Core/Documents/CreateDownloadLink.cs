using System.ComponentModel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.OpenApi;
using SaaS.Core.Access;
using SaaS.Core.Documents.Files;
using SaaS.Core.Http;
using SaaS.Core.Persistence;

namespace SaaS.Core.Documents;

internal static class CreateDownloadLink
{
    internal const int ShortestSeconds = 60;
    internal const int LongestSeconds = 86_400;
    private const int UsualSeconds = 3_600;

    private static readonly string Range = $"expires_in must be between {ShortestSeconds} and {LongestSeconds} seconds";
    private static readonly Problem OutOfRange = Problem.OfField("expires_in", Range) with { Message = Range }; // as the message, too: clients look for it there

    internal static void Map(RouteGroupBuilder documents)
    {
        documents.MapGet("/{documentId:guid}/download-url", Handle).ProducesProblem(DocumentProblems.NotFound, OutOfRange);
        documents.MapGet("/{documentId:guid}/download", HandleDownload)
            .WithName("downloadDocument")
            .Produces<Stream>(StatusCodes.Status206PartialContent, MediaTypes.Unknown)
            .Produces(StatusCodes.Status302Found)
            .Produces(StatusCodes.Status412PreconditionFailed)
            .Produces(StatusCodes.Status416RangeNotSatisfiable)
            .ProducesProblem(DocumentProblems.NotFound, DocumentProblems.ContentMissing)
            .AddOpenApiOperationTransformer((operation, _, _) =>
            {
                operation.Responses!["200"].Content![ApiDescription.AnyType] = new OpenApiMediaType { Schema = new OpenApiSchema { Type = JsonSchemaType.String, Format = "binary" } };
                return Task.CompletedTask;
            });
    }

    /// <summary>Makes a link under which anybody can read the document for a while.</summary>
    /// <remarks>Each link is recorded in the audit. One that this API serves ends early when its maker may not read the document any more.</remarks>
    /// <param name="expiresIn">For how long it is good: 60 to 86400 seconds, 3600 unless given.</param>
    internal static async Task<Results<Ok<ApiResponse<DownloadLink>>, ProblemResult>> Handle(
        Guid documentId, [FromQuery(Name = "expires_in"), LinkLifetime] int? expiresIn, TenantDbContext db, ControlDbContext control, CurrentUser currentUser, DownloadLinks links, HttpRequest request, CancellationToken ct)
    {
        if (expiresIn is < ShortestSeconds or > LongestSeconds)
        {
            return OutOfRange.ToHttp();
        }

        var made = await links.MakeAsync(documentId, TimeSpan.FromSeconds(expiresIn ?? UsualSeconds), db, control, currentUser, request, ct);
        return !made.TryGetValue(out var link, out var problem) ? problem.ToHttp() : ApiResponse.Ok(link, "Download link made");
    }

    /// <summary>Makes a link to the document that is good for an hour, and leads there at once if asked to.</summary>
    /// <remarks>With `Accept: application/octet-stream` it streams the bytes themselves, as `content` does.</remarks>
    /// <param name="redirect">Whether to be redirected (302) instead of being told the link.</param>
    internal static async Task<Results<Ok<ApiResponse<DownloadLink>>, FileStreamHttpResult, RedirectHttpResult, ProblemResult>> HandleDownload(
        Guid documentId, [FromQuery(Name = "redirect"), DefaultValue(false)] bool? redirect, TenantDbContext db, ControlDbContext control, DocumentContent content, CurrentUser currentUser, DownloadLinks links, HttpRequest request, CancellationToken ct)
    {
        if (WantsBytes(request))
        {
            var scope = db.Scope;
            if (request.HttpContext.Features.Get<OpenDatabase>() is { } open)
            {
                await open.DisposeAsync(); // a slow download holds nothing that other tenants wait for
            }

            return (await content.StreamAsync(scope, documentId, request.HttpContext.Response, ct)).Result switch
            {
                FileStreamHttpResult bytes => bytes,
                var refusal => (ProblemResult)refusal,
            };
        }

        var made = await links.MakeAsync(documentId, TimeSpan.FromSeconds(UsualSeconds), db, control, currentUser, request, ct);
        if (!made.TryGetValue(out var link, out var problem))
        {
            return problem.ToHttp();
        }

        return redirect is true ? TypedResults.Redirect(link.DownloadUrl) : ApiResponse.Ok(link, "Download link made");
    }

    private static bool WantsBytes(HttpRequest request) =>
        request.GetTypedHeaders().Accept.Any(type => type.MediaType.Equals(MediaTypes.Unknown, StringComparison.OrdinalIgnoreCase) && type.Quality is not 0);
}

/// <summary>States how long a link may be good; the handler checks it, in a sentence that clients look for.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
internal sealed class LinkLifetimeAttribute : FieldRuleAttribute
{
    public override FieldRule Rule { get; } = new() { Minimum = CreateDownloadLink.ShortestSeconds, Maximum = CreateDownloadLink.LongestSeconds };
}
